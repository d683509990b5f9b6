#include "share_export/columns.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <chrono>

#include "base/hex.h"
#include "base/integer.h"

namespace share_export {
namespace {

using Text = std::optional<std::string>;
using Kind = ColumnKind;

template <class Int>
bool read_number(std::string_view text, Int& to) {
    const auto value = base::parse_integer<Int>(text);
    if (value) to = *value;
    return value.has_value();
}
template <class Int>
bool read_number(std::string_view text, std::optional<Int>& to) {
    return read_number(text, to.emplace());
}
bool read_hex_id(std::string_view text, std::uint64_t& to) {
    const auto value = base::parse_integer<std::uint64_t>(text, 16);
    if (value && text.size() == 16) to = *value;
    return value && text.size() == 16;
}
bool read_uint256(std::string_view text, bitcoin::Uint256& to) {
    const auto value = bitcoin::Uint256::from_be_hex(text);
    if (value) to = *value;
    return value.has_value();
}
template <class Wrapped>
bool read_uint256(std::string_view text, std::optional<Wrapped>& to) {
    return read_uint256(text, to.emplace().value);
}
bool read_extranonce(std::string_view text, mining::Extranonce& to) {
    const auto bytes = base::from_hex(text);
    const auto value = bytes ? mining::Extranonce::from(*bytes) : std::nullopt;
    if (value) to = *value;
    return value.has_value();
}
bool read_bool(std::string_view text, bool& to) {
    to = text == "true";
    return to || text == "false";
}
bool read_text(std::string_view text, std::string& to) {
    to = text;
    return true;
}
bool read_time(std::string_view text, base::UnixMicros& to) {
    const auto value = time_from(text);
    if (value) to = *value;
    return value.has_value();
}
/// Follows from other columns.
bool read_nothing(std::string_view, ShareRow&) {
    return true;
}

template <class Wrapped>
Text hex_of(const std::optional<Wrapped>& value) {
    if (!value) return std::nullopt;
    return value->value.to_be_hex();
}

std::string_view state_name(mining::JobState state) {
    switch (state) {
        case mining::JobState::active: return "active";
        case mining::JobState::past: return "past";
        case mining::JobState::stale: return "stale";
        case mining::JobState::closed: return "closed";
    }
    return "";
}
bool read_state(std::string_view text, mining::JobState& to) {
    using enum mining::JobState;
    for (const auto state : {active, past, stale, closed}) {
        if (text != state_name(state)) continue;
        to = state;
        return true;
    }
    return false;
}

bool read_kind(std::string_view text, mining::ChannelKind& to) {
    to = text == "standard" ? mining::ChannelKind::standard : mining::ChannelKind::extended;
    return text == "standard" || text == "extended";
}

bool read_reason(std::string_view text, std::optional<mining::ShareError>& to) {
    for (const auto error : mining::share_errors) {
        if (text != mining::error_code(error)) continue;
        to = error;
        return true;
    }
    return false;
}

bool read_entry(std::string_view text, EntryId& to) {
    const auto id = EntryId::from(text);
    if (id) to = *id;
    return id.has_value();
}

Text nbits_text(const ShareRow& row) {
    if (!row.nbits) return std::nullopt;
    return fmt::format("{:08x}", *row.nbits);
}
bool read_nbits(std::string_view text, ShareRow& row) {
    const auto value = base::parse_integer<std::uint32_t>(text, 16);
    row.nbits = value;
    return value.has_value();
}

// Each line: name, kind, SQL's type, how it is written, how it is read.
#define ADIT_TEXT [](const ShareRow& row) -> Text
#define ADIT_READ [](std::string_view text, ShareRow & row) -> bool
constexpr std::array all_columns{
    Column{"partition", Kind::number, "integer", ADIT_TEXT{return fmt::to_string(row.partition);
}  // namespace
, ADIT_READ {
    return read_number(text, row.partition);
}
}  // namespace share_export
, Column{"entry", Kind::text, "text", ADIT_TEXT{return row.entry.text();
}
, ADIT_READ {
    return read_entry(text, row.entry);
}
}
, Column{"index", Kind::number, "integer", ADIT_TEXT{return fmt::to_string(row.index);
}
, ADIT_READ {
    return read_number(text, row.index);
}
}
, Column{"received_at", Kind::time, "timestamptz", ADIT_TEXT{return time_text(row.received_at);
}
, ADIT_READ {
    return read_time(text, row.received_at);
}
}
, Column{"committed_at", Kind::time, "timestamptz", ADIT_TEXT{return time_text(row.committed_at());
}
, read_nothing
}
, Column{"gateway_epoch", Kind::number, "bigint",
         ADIT_TEXT{return fmt::to_string(row.gateway_epoch);
}
, ADIT_READ {
    return read_number(text, row.gateway_epoch);
}
}
, Column{"batch_sequence", Kind::number, "bigint",
         ADIT_TEXT{return fmt::to_string(row.batch_sequence);
}
, ADIT_READ {
    return read_number(text, row.batch_sequence);
}
}
, Column{"judged_by", Kind::text, "text", ADIT_TEXT{return hex_id(row.judged_by);
}
, ADIT_READ {
    return read_hex_id(text, row.judged_by);
}
}
, Column{"channel", Kind::text, "text", ADIT_TEXT{return hex_id(row.channel.value);
}
, ADIT_READ {
    return read_hex_id(text, row.channel.value);
}
}
, Column{
      "channel_kind", Kind::text, "text",
      ADIT_TEXT{return row.channel_kind == mining::ChannelKind::standard ? "standard" : "extended";
}
, ADIT_READ {
    return read_kind(text, row.channel_kind);
}
}
, Column{"user_identity", Kind::text, "text", ADIT_TEXT{return row.user_identity;
}
, ADIT_READ {
    return read_text(text, row.user_identity);
}
}
, Column{"identity", Kind::text, "text", ADIT_TEXT{return row.identity;
}
, ADIT_READ {
    return read_text(text, row.identity);
}
}
, Column{"worker", Kind::text, "text", ADIT_TEXT{return row.worker;
}
, ADIT_READ {
    return read_text(text, row.worker);
}
}
, Column{"sequence_number", Kind::number, "bigint",
         ADIT_TEXT{return fmt::to_string(row.sequence_number);
}
, ADIT_READ {
    return read_number(text, row.sequence_number);
}
}
, Column{"job_id", Kind::number, "bigint", ADIT_TEXT{return fmt::to_string(row.job_id);
}
, ADIT_READ {
    return read_number(text, row.job_id);
}
}
, Column{"job_state", Kind::text, "text", ADIT_TEXT{return std::string{state_name(row.job_state)};
}
, ADIT_READ {
    return read_state(text, row.job_state);
}
}
, Column{"template_ref", Kind::text, "text", ADIT_TEXT{return hex_id(row.template_ref.value);
}
, ADIT_READ {
    return read_hex_id(text, row.template_ref.value);
}
}
, Column{"custom_job", Kind::text, "text",
         ADIT_TEXT{return row.custom_job ? Text{hex_id(row.custom_job->value)} : Text{};
}
, ADIT_READ {
    return read_hex_id(text, row.custom_job.emplace().value);
}
}
, Column{"variant", Kind::number, "integer", ADIT_TEXT{return fmt::to_string(row.variant.value);
}
, ADIT_READ {
    return read_number(text, row.variant.value);
}
}
, Column{"outputs_id", Kind::text, "text", ADIT_TEXT{return hex_id(row.outputs_id.value);
}
, ADIT_READ {
    return read_hex_id(text, row.outputs_id.value);
}
}
, Column{"verdict", Kind::text, "text",
         ADIT_TEXT{return row.is_accepted() ? "accepted" : "rejected";
}
, read_nothing
}
, Column{"reason", Kind::text, "text",
         ADIT_TEXT{return row.reason ? Text{mining::error_code(*row.reason)} : Text{};
}
, ADIT_READ {
    return read_reason(text, row.reason);
}
}
, Column{"difficulty_q32", Kind::wide, "numeric(20)",
         ADIT_TEXT{return fmt::to_string(row.difficulty.q32);
}
, ADIT_READ {
    return read_number(text, row.difficulty.q32);
}
}
, Column{"difficulty", Kind::number, "double precision",
         ADIT_TEXT{return fmt::to_string(row.difficulty.to_double());
}
, read_nothing
}
, Column{"share_hash", Kind::hex, "bytea", ADIT_TEXT{return hex_of(row.share_hash);
}
, ADIT_READ {
    return read_uint256(text, row.share_hash);
}
}
, Column{"solves_block", Kind::boolean, "boolean",
         ADIT_TEXT{return row.solves_block ? "true" : "false";
}
, ADIT_READ {
    return read_bool(text, row.solves_block);
}
}
, Column{"target", Kind::hex, "bytea", ADIT_TEXT{return row.target.value.to_be_hex();
}
, ADIT_READ {
    return read_uint256(text, row.target.value);
}
}
, Column{"eased_target", Kind::hex, "bytea", ADIT_TEXT{return hex_of(row.eased_target);
}
, ADIT_READ {
    return read_uint256(text, row.eased_target);
}
}
, Column{"height", Kind::number, "bigint",
         ADIT_TEXT{return row.height ? Text{fmt::to_string(*row.height)} : Text{};
}
, ADIT_READ {
    return read_number(text, row.height);
}
}
, Column{"nbits", Kind::text, "text", nbits_text, read_nbits},
    Column{"network_target", Kind::hex, "bytea", ADIT_TEXT{return hex_of(row.network_target);
}
, ADIT_READ {
    return read_uint256(text, row.network_target);
}
}
, Column{"prev_hash", Kind::hex, "bytea", ADIT_TEXT{return hex_of(row.prev_hash);
}
, ADIT_READ {
    return read_uint256(text, row.prev_hash);
}
}
, Column{"nonce", Kind::number, "bigint", ADIT_TEXT{return fmt::to_string(row.nonce);
}
, ADIT_READ {
    return read_number(text, row.nonce);
}
}
, Column{"ntime", Kind::number, "bigint", ADIT_TEXT{return fmt::to_string(row.ntime);
}
, ADIT_READ {
    return read_number(text, row.ntime);
}
}
, Column{"version", Kind::number, "bigint", ADIT_TEXT{return fmt::to_string(row.version);
}
, ADIT_READ {
    return read_number(text, row.version);
}
}
, Column{"extranonce_prefix", Kind::hex, "bytea",
         ADIT_TEXT{return base::to_hex(row.extranonce_prefix.bytes());
}
, ADIT_READ {
    return read_extranonce(text, row.extranonce_prefix);
}
}
, Column{"extranonce", Kind::hex, "bytea", ADIT_TEXT{return base::to_hex(row.extranonce.bytes());
}
, ADIT_READ {
    return read_extranonce(text, row.extranonce);
}
}
,
}
;
#undef ADIT_TEXT
#undef ADIT_READ

}  // namespace

std::span<const Column> columns() {
    return all_columns;
}

std::string time_text(base::UnixMicros at) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z",
                       fmt::gmtime(static_cast<std::time_t>(seconds.time_since_epoch().count())),
                       (at - seconds).count());
}

std::optional<base::UnixMicros> time_from(std::string_view text) {
    // "2026-11-25T23:59:59", then ".123456" or nothing, then "Z"
    constexpr std::size_t second_size = 19;
    constexpr std::size_t micro_size = 7;
    if (text.size() != second_size + 1 && text.size() != second_size + micro_size + 1)
        return std::nullopt;
    if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
        text.back() != 'Z')
        return std::nullopt;
    const auto part = [text](std::size_t at, std::size_t size) {
        return base::parse_integer<unsigned>(text.substr(at, size));
    };
    const auto year = part(0, 4);
    const auto month = part(5, 2);
    const auto day = part(8, 2);
    const auto hour = part(11, 2);
    const auto minute = part(14, 2);
    const auto second = part(17, 2);
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                           std::chrono::month{*month}, std::chrono::day{*day}};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
    base::UnixMicros at{std::chrono::sys_days{date}};
    at += std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*second};
    if (text.size() == second_size + 1) return at;
    const auto micros = part(second_size + 1, micro_size - 1);
    if (text[second_size] != '.' || !micros) return std::nullopt;
    return at + std::chrono::microseconds{*micros};
}

std::string hex_id(std::uint64_t id) {
    return fmt::format("{:016x}", id);
}

}  // namespace share_export
