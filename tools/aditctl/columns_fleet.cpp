#include <fmt/format.h>

#include <algorithm>

#include "aditctl/columns.h"
#include "aditctl/names.h"

namespace aditctl {
namespace {

constexpr auto right = Align::right;
constexpr auto wide = Shown::wide;
constexpr auto always = Shown::always;

Cell gateway_state(const v1::Gateway& gateway) {
    const auto text = enum_text(gateway.state());
    switch (gateway.state()) {
        case v1::Gateway::STATE_SERVING: return {text, Tone::good};
        case v1::Gateway::STATE_NOT_ANSWERING:
        case v1::Gateway::STATE_NOT_SERVING: return {text, Tone::bad};
        case v1::Gateway::STATE_DRAINING: return {text, Tone::warning};
        default: return {text};
    }
}

Cell certificate_cell(const v1::Gateway& gateway, Now now) {
    constexpr std::int64_t soon = 24 * 3600;
    const auto left =
        gateway.certificate_expire_time().seconds() - std::chrono::system_clock::to_time_t(now);
    const bool is_known = gateway.has_certificate_expire_time();
    return {due_text(gateway.certificate_expire_time(), now), !is_known || left > soon ? Tone::plain
                                                              : left > 0 ? Tone::warning
                                                                         : Tone::bad};
}

Cell severity_cell(v1::Problem::Severity severity) {
    const auto text = enum_text(severity);
    switch (severity) {
        case v1::Problem::SEVERITY_CRITICAL: return {text, Tone::bad};
        case v1::Problem::SEVERITY_WARNING: return {text, Tone::warning};
        default: return {text};
    }
}

}  // namespace

Cell state_cell(v1::Service::State state) {
    const auto text = enum_text(state);
    switch (state) {
        case v1::Service::STATE_READY: return {text, Tone::good};
        case v1::Service::STATE_WEDGED:
        case v1::Service::STATE_NOT_ANSWERING: return {text, Tone::bad};
        case v1::Service::STATE_NOT_READY: return {text, Tone::warning};
        default: return {text, Tone::dim};
    }
}

Cell worst_stage_cell(const v1::Service& service) {
    const v1::Stage* worst = nullptr;
    for (const auto& stage : service.stages()) {
        if (stage.depth() == 0 && !stage.is_stalled()) continue;
        if (worst == nullptr || std::pair{stage.is_stalled(), stage.oldest_seconds()} >
                                    std::pair{worst->is_stalled(), worst->oldest_seconds()})
            worst = &stage;
    }
    if (worst == nullptr) return {"-"};
    const auto age = duration_text(
        std::chrono::milliseconds{static_cast<std::int64_t>(worst->oldest_seconds() * 1000)});
    return {fmt::format("{} {}, {}{}", printable(worst->name()), worst->depth(), age,
                        worst->is_stalled() ? " STALLED" : ""),
            worst->is_stalled() ? Tone::bad : Tone::plain};
}

template <>
const std::vector<Column<v1::Service>>& columns() {
    using Row = v1::Service;
    static const std::vector<Column<Row>> all{
        {{"NAME"}, always, [](const Row& row, Now) { return Cell{short_name(row.name())}; }},
        {{"KIND"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.kind())}; }},
        {{"STATE"}, always, [](const Row& row, Now) { return state_cell(row.state()); }},
        {{"UP", right},
         always,
         [](const Row& row, Now now) { return Cell{age_text(row.start_time(), now)}; }},
        {{"ANSWERED", right},
         wide,
         [](const Row& row, Now now) { return Cell{age_text(row.last_answer_time(), now)}; }},
        {{"STALLS", right},
         always,
         [](const Row& row, Now) { return Cell{fmt::format("{}", row.stalls())}; }},
        {{"LONGEST WAIT"}, always, [](const Row& row, Now) { return worst_stage_cell(row); }},
        {{"ADDRESS"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.address())}; }},
        {{"VERSION"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.version())}; }},
        {{"REASON"}, always, [](const Row& row, Now) { return Cell{or_dash(row.reason())}; }},
    };
    return all;
}

template <>
const std::vector<Column<v1::Gateway>>& columns() {
    using Row = v1::Gateway;
    static const std::vector<Column<Row>> all{
        {{"NAME"}, always, [](const Row& row, Now) { return Cell{short_name(row.name())}; }},
        {{"STATE"}, always, [](const Row& row, Now) { return gateway_state(row); }},
        {{"CONNECTIONS", right},
         always,
         [](const Row& row, Now) {
             return Cell{fmt::format("{}/{}", row.connections(), row.connections_max())};
         }},
        {{"CHANNELS", right},
         always,
         [](const Row& row, Now) { return Cell{fmt::format("{}", row.channels())}; }},
        {{"TO LEAVE", right},
         always,
         [](const Row& row, Now) { return Cell{fmt::format("{}", row.draining_connections())}; }},
        {{"CERTIFICATE ENDS"}, always, certificate_cell},
        {{"LISTEN"},
         always,
         [](const Row& row, Now) { return Cell{or_dash(row.listen_address())}; }},
        {{"EPOCH", right},
         wide,
         [](const Row& row, Now) { return Cell{fmt::format("{}", row.epoch())}; }},
        {{"AUTHORITY"},
         wide,
         [](const Row& row, Now) { return Cell{or_dash(row.authority_key())}; }},
    };
    return all;
}

template <>
const std::vector<Column<v1::Connection>>& columns() {
    using Row = v1::Connection;
    static const std::vector<Column<Row>> all{
        {{"NAME"}, always, [](const Row& row, Now) { return Cell{short_name(row.name())}; }},
        {{"PEER"}, always, [](const Row& row, Now) { return Cell{or_dash(row.peer_address())}; }},
        {{"STATE"}, always, [](const Row& row, Now) { return Cell{enum_text(row.state())}; }},
        {{"SINCE", right},
         always,
         [](const Row& row, Now now) { return Cell{age_text(row.connect_time(), now)}; }},
        {{"CHANNELS", right},
         always,
         [](const Row& row, Now) { return Cell{fmt::format("{}", row.channels())}; }},
        {{"ACCEPTED", right},
         always,
         [](const Row& row, Now) { return Cell{fmt::format("{}", row.accepted_shares())}; }},
        {{"REJECTED", right},
         always,
         [](const Row& row, Now) {
             return Cell{fmt::format("{}", row.rejected_shares()),
                         row.rejected_shares() > 0 ? Tone::warning : Tone::plain};
         }},
        {{"LAST SHARE", right},
         always,
         [](const Row& row, Now now) { return Cell{age_text(row.last_share_time(), now)}; }},
        {{"UNSENT", right},
         always,
         [](const Row& row, Now) {
             return Cell{magnitude_text(static_cast<double>(row.unsent_bytes())) + "B"};
         }},
        {{"UNANSWERED", right},
         wide,
         [](const Row& row, Now) { return Cell{fmt::format("{}", row.unacknowledged_shares())}; }},
        {{"PAUSED"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.reading_paused())}; }},
        {{"FIRMWARE"}, always, [](const Row& row, Now) { return Cell{or_dash(row.firmware())}; }},
        {{"VENDOR"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.vendor())}; }},
        {{"DEVICE"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.device_id())}; }},
    };
    return all;
}

template <>
const std::vector<Column<v1::Problem>>& columns() {
    using Row = v1::Problem;
    static const std::vector<Column<Row>> all{
        {{"SEVERITY"}, always, [](const Row& row, Now) { return severity_cell(row.severity()); }},
        {{"SINCE", right},
         always,
         [](const Row& row, Now now) { return Cell{age_text(row.start_time(), now)}; }},
        {{"SERVICE"},
         always,
         [](const Row& row, Now) { return Cell{or_dash(short_name(row.service()))}; }},
        {{"KIND"}, always, [](const Row& row, Now) { return Cell{or_dash(row.kind())}; }},
        {{"SUBJECT"},
         wide,
         [](const Row& row, Now) { return Cell{or_dash(short_name(row.subject()))}; }},
        {{"RUNBOOK"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.runbook())}; }},
        {{"WHAT"}, always, [](const Row& row, Now) { return Cell{printable(row.text())}; }},
    };
    return all;
}

template <>
const std::vector<Column<v1::AuditEntry>>& columns() {
    using Row = v1::AuditEntry;
    static const std::vector<Column<Row>> all{
        {{"TIME"}, always, [](const Row& row, Now) { return Cell{time_text(row.create_time())}; }},
        {{"ACTOR"}, always, [](const Row& row, Now) { return Cell{or_dash(row.actor())}; }},
        {{"FROM"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.peer_address())}; }},
        {{"METHOD"}, always, [](const Row& row, Now) { return Cell{or_dash(row.method())}; }},
        {{"OUTCOME"},
         always,
         [](const Row& row, Now) {
             return Cell{row.outcome().empty() ? "unknown" : printable(row.outcome()),
                         row.outcome() == "OK" ? Tone::good : Tone::warning};
         }},
        {{"REQUEST"}, always, [](const Row& row, Now) { return Cell{or_dash(row.request())}; }},
        {{"REQUEST ID"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.request_id())}; }},
        {{"MESSAGE"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.message())}; }},
    };
    return all;
}

}  // namespace aditctl
