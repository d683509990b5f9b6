// The rows of ChannelBook.
#include <algorithm>
#include <cmath>
#include <utility>

#include "admin/channel_book.h"
#include "admin/row_fields.h"
#include "admin/row_names.h"

namespace admin {
namespace {

namespace proto = adit::admin::v1;

using namespace std::chrono_literals;

/// Nobody has to know how far a common pause has come: above one in a hundred it reads 1.
double shown_probability(double probability) {
    return probability > 0.01 ? 1 : round_to_three_digits(probability);
}

/// Of so few expected shares a ratio says nothing.
constexpr double expected_min = 8;
/// A ratio of 0 would read as unknown.
constexpr double ratio_min = 0.001;

}  // namespace

void ChannelBook::refresh(std::size_t count, base::UnixMicros now,
                          const WhereaboutsOf& whereabouts) {
    for (auto left = std::min(count, channels_.size()); left > 0; --left) {
        if (next_ >= channels_.size()) next_ = 0;
        write(*channels_[next_++], now, whereabouts);
    }
}

void ChannelBook::write(Channel& channel, base::UnixMicros now, const WhereaboutsOf& whereabouts) {
    // What is expected counts as far as the log is known, or a reader that lags would see misses.
    pass(channel, std::min(now, silence_.complete_until(channel.partition)));
    const bool is_there = rows_.update(
        channel.name, [&](proto::Channel& row) { return fill(row, channel, now, whereabouts); });
    if (is_there) return;
    proto::Channel row;
    row.set_name(channel.name);
    row.set_user_identity(printable(channel.user_identity));
    row.set_kind(channel.kind == mining::ChannelKind::standard ? proto::Channel::KIND_STANDARD
                                                               : proto::Channel::KIND_EXTENDED);
    if (channel.opened_at != base::UnixMicros{})
        set_time(*row.mutable_open_time(), channel.opened_at);
    fill(row, channel, now, whereabouts);
    rows_.upsert(std::move(row));
}

bool ChannelBook::fill(proto::Channel& row, Channel& channel, base::UnixMicros now,
                       const WhereaboutsOf& whereabouts) {
    bool changed = false;
    const auto place = whereabouts(channel.key);
    assign(changed, row.gateway(), place.gateway, [&](const auto& v) { row.set_gateway(v); });
    assign(changed, row.connection(), place.connection,
           [&](const auto& v) { row.set_connection(v); });
    // A worker that is gone is remembered by what it ran last.
    if (channel.worker != nullptr && !place.firmware.empty())
        channel.worker->firmware = place.firmware;
    const auto set_number = [&](double present, double value, auto set) {
        assign(changed, present, value, set);
    };
    set_number(row.difficulty(), channel.difficulty, [&](double v) { row.set_difficulty(v); });
    set_number(row.nominal_hash_rate(), channel.nominal_hash_rate,
               [&](double v) { row.set_nominal_hash_rate(v); });
    changed |= set_rates(*row.mutable_hash_rates(), {.minute = channel.fast.sum(now, 1min),
                                                     .five_minutes = channel.fast.sum(now, 5min),
                                                     .hour = channel.slow.sum(now, 1h),
                                                     .day = channel.day.sum(now, 24h)});
    WindowCounts counts{
        .accepted = static_cast<double>(channel.accepted), .work = channel.work, .rejected = {}};
    std::ranges::copy(channel.rejected, counts.rejected.begin());
    changed |= set_counts(*row.mutable_shares(), counts);
    if (channel.last_share_at != base::UnixMicros{})
        changed |= set_time(*row.mutable_last_share_time(), channel.last_share_at);
    const auto [counted, expected] = counted_and_expected(channel, now);
    const double ratio = expected < expected_min ? 0 : std::max(ratio_min, counted / expected);
    ratios_[channel.place] = static_cast<float>(ratio);
    set_number(row.convergence(), round_to_three_digits(ratio),
               [&](double v) { row.set_convergence(v); });
    const auto silent_for = silence_.complete_until(channel.partition) - channel.silent_since;
    const double chance =
        channel.believed.silence_probability(silent_for, channel.hashes_per_share);
    // While its gateway is held up nobody is called silent, however improbable it would be.
    const double shown = shown_probability(
        channel.is_silent ? chance : std::max(chance, BelievedRate::silent_below));
    set_number(row.silence_probability(), shown, [&](double v) { row.set_silence_probability(v); });
    assign(changed, row.is_silent(), channel.is_silent, [&](bool v) { row.set_is_silent(v); });
    return changed;
}

}  // namespace admin
