#include "admin/silence_watch.h"

#include <algorithm>
#include <chrono>

namespace admin {
namespace {

using namespace std::chrono_literals;

/// Miners who do not know of each other do not lose so many shares at once by chance, nor for a
/// reason of their own; one in 160,000.
constexpr double shares_missing = 12;
/// But when the gateway is alive and says nothing of a standstill, then it is all its miners.
constexpr auto held_up_max = 60s;

}  // namespace

std::uint32_t SilenceWatch::group_of(mining::Epoch epoch, std::uint32_t partition) {
    const auto [at, is_new] =
        group_places_.try_emplace({epoch, partition}, static_cast<std::uint32_t>(groups_.size()));
    if (is_new) {
        auto& group = groups_.emplace_back();
        group.epoch = epoch;
        group.partition = partition;
    }
    return at->second;
}

void SilenceWatch::add(mining::Epoch epoch, std::uint32_t partition) {
    entries_.push_back({base::UnixMicros::max(), 0, group_of(epoch, partition)});
    ++groups_[entries_.back().group].channels;
}

void SilenceWatch::remove(Place place) {
    --groups_[entries_[place].group].channels;
    entries_[place] = entries_.back();
    entries_.pop_back();
}

void SilenceWatch::set(Place place, base::UnixMicros deadline, double shares_per_second) {
    entries_[place].deadline = deadline;
    entries_[place].shares_per_second = static_cast<float>(shares_per_second);
}

bool SilenceWatch::heard(mining::Epoch epoch, std::uint32_t partition, base::UnixMicros at) {
    auto& group = groups_[group_of(epoch, partition)];
    group.heard_at = std::max(group.heard_at, at);
    return std::exchange(group.is_held_up, false);
}

void SilenceWatch::set_complete(std::uint32_t partition, base::UnixMicros until) {
    complete_until_[partition] = until;
}

base::UnixMicros SilenceWatch::complete_until(std::uint32_t partition) const {
    const auto found = complete_until_.find(partition);
    return found == complete_until_.end() ? base::UnixMicros{} : found->second;
}

void SilenceWatch::look_at(Group& group, const IsStuck& is_stuck) {
    const auto now = complete_until(group.partition);
    if (group.heard_at == base::UnixMicros{}) group.heard_at = now;
    const auto silent_for = now - group.heard_at;
    const double missing =
        group.shares_per_second * std::chrono::duration<double>{silent_for}.count();
    // One channel by itself cannot be told from its gateway.
    if (group.channels < 2 || missing <= shares_missing) return;
    group.is_held_up = silent_for < held_up_max || is_stuck(group.epoch);
}

std::vector<SilenceWatch::Place> SilenceWatch::overdue(const IsStuck& is_stuck) {
    for (auto& group : groups_) group.shares_per_second = 0;
    shares_per_second_ = 0;
    for (const auto& entry : entries_) {
        const auto rate = static_cast<double>(entry.shares_per_second);
        groups_[entry.group].shares_per_second += rate;
        shares_per_second_ += rate;
    }
    std::vector<base::UnixMicros> until;
    for (auto& group : groups_) {
        look_at(group, is_stuck);
        until.push_back(group.is_held_up ? base::UnixMicros::min()
                                         : complete_until(group.partition));
    }
    std::vector<Place> places;
    for (Place place = 0; place < entries_.size(); ++place)
        if (entries_[place].deadline <= until[entries_[place].group]) places.push_back(place);
    return places;
}

}  // namespace admin
