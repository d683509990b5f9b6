#include <fmt/format.h>

#include "aditctl/columns.h"
#include "aditctl/names.h"

namespace aditctl {
namespace {

constexpr auto right = Align::right;
constexpr auto wide = Shown::wide;
constexpr auto always = Shown::always;

Cell worker_state(const v1::Worker& worker) {
    const auto text = enum_text(worker.state());
    switch (worker.state()) {
        case v1::Worker::STATE_MINING: return {text, Tone::good};
        case v1::Worker::STATE_SILENT: return {text, Tone::bad};
        default: return {text, Tone::dim};
    }
}

Cell count_cell(std::uint64_t count, Tone tone_of_some = Tone::plain) {
    return {fmt::format("{}", count), count > 0 ? tone_of_some : Tone::plain};
}

}  // namespace

Cell valid_cell(const v1::ShareCounts& shares) {
    if (shares.accepted() + shares.rejected() == 0) return {"-"};
    const auto ratio = shares.valid_ratio();
    return {percent_text(ratio), ratio < 0.95   ? Tone::bad
                                 : ratio < 0.99 ? Tone::warning
                                                : Tone::plain};
}

template <>
const std::vector<Column<v1::Channel>>& columns() {
    using Row = v1::Channel;
    static const std::vector<Column<Row>> all{
        {{"NAME"}, always, [](const Row& row, Now) { return Cell{short_name(row.name())}; }},
        {{"USER"}, always, [](const Row& row, Now) { return Cell{or_dash(row.user_identity())}; }},
        {{"KIND"}, wide, [](const Row& row, Now) { return Cell{enum_text(row.kind())}; }},
        {{"GATEWAY"},
         always,
         [](const Row& row, Now) { return Cell{or_dash(short_name(row.gateway()))}; }},
        {{"CONNECTION"},
         wide,
         [](const Row& row, Now) { return Cell{or_dash(short_name(row.connection()))}; }},
        {{"OPEN", right},
         wide,
         [](const Row& row, Now now) { return Cell{age_text(row.open_time(), now)}; }},
        {{"DIFFICULTY", right},
         always,
         [](const Row& row, Now) { return Cell{magnitude_text(row.difficulty())}; }},
        {{"DECLARED", right},
         wide,
         [](const Row& row, Now) { return Cell{hash_rate_text(row.nominal_hash_rate())}; }},
        {{"RATE 5M", right},
         always,
         [](const Row& row, Now) {
             return Cell{hash_rate_text(row.hash_rates().last_5_minutes())};
         }},
        {{"RATE 1H", right},
         wide,
         [](const Row& row, Now) { return Cell{hash_rate_text(row.hash_rates().last_hour())}; }},
        {{"VALID", right}, always, [](const Row& row, Now) { return valid_cell(row.shares()); }},
        {{"REJECTED", right},
         always,
         [](const Row& row, Now) { return count_cell(row.shares().rejected(), Tone::warning); }},
        {{"CONVERGENCE", right},
         always,
         [](const Row& row, Now) { return Cell{fmt::format("{:.2f}", row.convergence())}; }},
        {{"LAST SHARE", right},
         always,
         [](const Row& row, Now now) {
             return Cell{age_text(row.last_share_time(), now) + (row.is_silent() ? " SILENT" : ""),
                         row.is_silent() ? Tone::bad : Tone::plain};
         }},
    };
    return all;
}

template <>
const std::vector<Column<v1::Worker>>& columns() {
    using Row = v1::Worker;
    static const std::vector<Column<Row>> all{
        {{"NAME"}, always, [](const Row& row, Now) { return Cell{short_name(row.name())}; }},
        {{"STATE"}, always, [](const Row& row, Now) { return worker_state(row); }},
        {{"RATE 5M", right},
         always,
         [](const Row& row, Now) {
             return Cell{hash_rate_text(row.hash_rates().last_5_minutes())};
         }},
        {{"RATE 1H", right},
         always,
         [](const Row& row, Now) { return Cell{hash_rate_text(row.hash_rates().last_hour())}; }},
        {{"RATE 24H", right},
         wide,
         [](const Row& row, Now) { return Cell{hash_rate_text(row.hash_rates().last_day())}; }},
        {{"VALID 1H", right},
         always,
         [](const Row& row, Now) { return valid_cell(row.shares_last_hour()); }},
        {{"REJECTED", right},
         always,
         [](const Row& row, Now) {
             return count_cell(row.shares_last_hour().rejected(), Tone::warning);
         }},
        {{"VALID 24H", right},
         wide,
         [](const Row& row, Now) { return valid_cell(row.shares_last_day()); }},
        {{"LAST SHARE", right},
         always,
         [](const Row& row, Now now) { return Cell{age_text(row.last_share_time(), now)}; }},
        {{"CHANNELS", right}, wide, [](const Row& row, Now) { return count_cell(row.channels()); }},
        {{"DIFFICULTY", right},
         wide,
         [](const Row& row, Now) { return Cell{magnitude_text(row.difficulty())}; }},
        {{"BLOCKS", right}, wide, [](const Row& row, Now) { return count_cell(row.blocks()); }},
        {{"FIRMWARE"}, wide, [](const Row& row, Now) { return Cell{or_dash(row.firmware())}; }},
    };
    return all;
}

template <>
const std::vector<Column<v1::Identity>>& columns() {
    using Row = v1::Identity;
    static const std::vector<Column<Row>> all{
        {{"NAME"}, always, [](const Row& row, Now) { return Cell{short_name(row.name())}; }},
        {{"RATE 5M", right},
         always,
         [](const Row& row, Now) {
             return Cell{hash_rate_text(row.hash_rates().last_5_minutes())};
         }},
        {{"RATE 1H", right},
         always,
         [](const Row& row, Now) { return Cell{hash_rate_text(row.hash_rates().last_hour())}; }},
        {{"RATE 24H", right},
         wide,
         [](const Row& row, Now) { return Cell{hash_rate_text(row.hash_rates().last_day())}; }},
        {{"VALID 1H", right},
         always,
         [](const Row& row, Now) { return valid_cell(row.shares_last_hour()); }},
        {{"WORKERS", right},
         always,
         [](const Row& row, Now) {
             return Cell{fmt::format("{}/{}", row.active_workers(), row.workers())};
         }},
        {{"CHANNELS", right}, wide, [](const Row& row, Now) { return count_cell(row.channels()); }},
        {{"WORK", right},
         always,
         [](const Row& row, Now) { return Cell{magnitude_text(row.shares().work())}; }},
        {{"BLOCKS", right}, always, [](const Row& row, Now) { return count_cell(row.blocks()); }},
        {{"LAST SHARE", right},
         always,
         [](const Row& row, Now now) { return Cell{age_text(row.last_share_time(), now)}; }},
        {{"BANNED"},
         always,
         [](const Row& row, Now) {
             return row.is_banned() ? Cell{"banned", Tone::bad} : Cell{"-"};
         }},
    };
    return all;
}

}  // namespace aditctl
