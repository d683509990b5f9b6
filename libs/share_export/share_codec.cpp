#include "share_export/share_codec.h"

#include <google/protobuf/timestamp.pb.h>

#include <iterator>

#include "base/bytes.h"
#include "base/hex.h"
#include "base/integer.h"

namespace share_export {
namespace {

using Share = adit::admin::v1::Share;

constexpr std::string_view channel_prefix = "channels/";

std::string bytes_of(const bitcoin::Uint256& value) {
    return base::to_string(value.as_bytes());
}
std::optional<bitcoin::Uint256> uint256_from(std::string_view bytes) {
    constexpr std::size_t size = 32;
    if (bytes.size() != size) return std::nullopt;
    return bitcoin::Uint256::from_bytes(base::as_bytes(bytes).first<size>());
}

constexpr mining::JobState states[] = {mining::JobState::active, mining::JobState::past,
                                       mining::JobState::stale, mining::JobState::closed};
constexpr Share::JobState proto_states[] = {Share::JOB_STATE_ACTIVE, Share::JOB_STATE_PAST,
                                            Share::JOB_STATE_STALE, Share::JOB_STATE_CLOSED};

void set_time(google::protobuf::Timestamp& to, base::UnixMicros at) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    to.set_seconds(seconds.time_since_epoch().count());
    to.set_nanos(static_cast<std::int32_t>((at - seconds).count() * 1'000));
}

/// The target or hash that the field has; nothing where it is empty.
template <class Wrapped>
bool read(std::string_view bytes, std::optional<Wrapped>& to) {
    if (bytes.empty()) return true;
    const auto value = uint256_from(bytes);
    if (value) to = Wrapped{*value};
    return value.has_value();
}
bool read(std::string_view bytes, mining::Extranonce& to) {
    const auto value = mining::Extranonce::from(base::as_bytes(bytes));
    if (value) to = *value;
    return value.has_value();
}

}  // namespace

Share to_proto(const ShareRow& row) {
    Share share;
    share.set_partition(row.partition);
    share.set_entry_id(row.entry.text());
    share.set_index(row.index);
    set_time(*share.mutable_receive_time(), row.received_at);
    share.set_received_at_us(row.received_at.time_since_epoch().count());
    share.set_user_identity(row.user_identity);
    share.set_identity(row.identity);
    share.set_worker(row.worker);
    share.set_channel(std::string{channel_prefix} +
                      base::to_hex(base::ByteView{row.channel.to_bytes()}));
    share.set_is_extended(row.channel_kind == mining::ChannelKind::extended);
    share.set_is_accepted(row.is_accepted());
    if (row.reason) share.set_reason(std::string{mining::error_code(*row.reason)});
    share.set_difficulty_q32(row.difficulty.q32);
    if (row.share_hash) share.set_hash(row.share_hash->value.to_be_hex());
    share.set_is_block(row.solves_block);
    share.set_job_id(row.job_id);
    share.set_template_ref(row.template_ref.value);
    share.set_sequence_number(row.sequence_number);
    share.set_nonce(row.nonce);
    share.set_ntime(row.ntime);
    share.set_version(row.version);
    share.set_extranonce(base::to_string(row.extranonce.bytes()));
    share.set_extranonce_prefix(base::to_string(row.extranonce_prefix.bytes()));
    share.set_target(bytes_of(row.target.value));
    share.set_nbits(row.nbits.value_or(0));
    share.set_gateway_epoch(row.gateway_epoch);
    share.set_worker_process(row.judged_by);
    if (row.eased_target) share.set_eased_target(bytes_of(row.eased_target->value));
    if (row.height) share.set_height(*row.height);
    if (row.network_target) share.set_network_target(bytes_of(row.network_target->value));
    if (row.prev_hash) share.set_prev_hash(bytes_of(row.prev_hash->value));
    for (std::size_t i = 0; i < std::size(states); ++i)
        if (states[i] == row.job_state) share.set_job_state(proto_states[i]);
    if (row.custom_job) share.set_custom_job(row.custom_job->value);
    share.set_variant(row.variant.value);
    share.set_outputs_id(row.outputs_id.value);
    share.set_batch_sequence(row.batch_sequence);
    return share;
}

base::Result<ShareRow, std::string> from_proto(const Share& share) {
    const auto wrong = [](const char* field) {
        return base::unexpected(std::string{"a share's "} + field + " cannot be read");
    };
    ShareRow row;
    row.partition = share.partition();
    const auto entry = EntryId::from(share.entry_id());
    if (!entry) return wrong("entry_id");
    row.entry = *entry;
    row.index = share.index();
    row.received_at = base::UnixMicros{std::chrono::microseconds{share.received_at_us()}};
    row.user_identity = share.user_identity();
    row.identity = share.identity();
    row.worker = share.worker();
    std::string_view channel = share.channel();
    if (!channel.starts_with(channel_prefix)) return wrong("channel");
    channel.remove_prefix(channel_prefix.size());
    const auto key = base::parse_integer<std::uint64_t>(channel, 16);
    if (!key) return wrong("channel");
    row.channel = mining::ChannelKey{*key};
    row.channel_kind =
        share.is_extended() ? mining::ChannelKind::extended : mining::ChannelKind::standard;
    for (const auto error : mining::share_errors)
        if (share.reason() == mining::error_code(error)) row.reason = error;
    if (row.is_accepted() != share.is_accepted()) return wrong("reason");
    row.difficulty = bitcoin::Difficulty{share.difficulty_q32()};
    if (!share.hash().empty()) {
        const auto hash = bitcoin::Uint256::from_be_hex(share.hash());
        if (!hash) return wrong("hash");
        row.share_hash = bitcoin::BlockHash{*hash};
    }
    row.solves_block = share.is_block();
    row.job_id = share.job_id();
    row.template_ref = mining::TemplateRef{share.template_ref()};
    row.sequence_number = share.sequence_number();
    row.nonce = share.nonce();
    row.ntime = share.ntime();
    row.version = share.version();
    if (!read(share.extranonce(), row.extranonce)) return wrong("extranonce");
    if (!read(share.extranonce_prefix(), row.extranonce_prefix)) return wrong("extranonce_prefix");
    const auto target = uint256_from(share.target());
    if (!target) return wrong("target");
    row.target = bitcoin::Target{*target};
    row.gateway_epoch = share.gateway_epoch();
    row.judged_by = share.worker_process();
    if (!read(share.eased_target(), row.eased_target)) return wrong("eased_target");
    if (share.has_height()) row.height = share.height();
    if (!read(share.network_target(), row.network_target)) return wrong("network_target");
    if (row.network_target) row.nbits = share.nbits();
    if (!read(share.prev_hash(), row.prev_hash)) return wrong("prev_hash");
    for (std::size_t i = 0; i < std::size(states); ++i)
        if (proto_states[i] == share.job_state()) row.job_state = states[i];
    if (share.custom_job() != 0) row.custom_job = mining::CustomJobId{share.custom_job()};
    row.variant = mining::Variant{static_cast<std::uint16_t>(share.variant())};
    row.outputs_id = mining::OutputsId{share.outputs_id()};
    row.batch_sequence = share.batch_sequence();
    return row;
}

}  // namespace share_export
