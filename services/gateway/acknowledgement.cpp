#include "gateway/acknowledgement.h"

#include <algorithm>

namespace gateway {
namespace {

void sort_out(std::vector<std::uint32_t>& channels) {
    std::ranges::sort(channels);
    channels.erase(std::ranges::unique(channels).begin(), channels.end());
}

}  // namespace

void AcknowledgementQueue::on_accepted(std::uint32_t channel, std::uint32_t count,
                                       bool solves_block) {
    const bool is_full = hold_.count != 0 && count >= hold_.count;
    if (hold_.is_none() ? count == 1 : is_full || solves_block)
        due_.push_back(channel);
    else if (count == 1)
        new_.push_back(channel);
}

void AcknowledgementQueue::take_due(base::SteadyTime now, std::vector<std::uint32_t>& taken) {
    for (const auto channel : new_) held_.push_back({channel, now});
    new_.clear();
    taken.assign(due_.begin(), due_.end());
    due_.clear();
    if (hold_.time.count() != 0) {
        const auto first_early = std::ranges::find_if(
            held_, [&](const Held& held) { return now - held.since < hold_.time; });
        for (auto held = held_.begin(); held != first_early; ++held) taken.push_back(held->channel);
        held_.erase(held_.begin(), first_early);
    }
    sort_out(taken);
    // Those that were full, or had a block, wait no more.
    if (!held_.empty() && !taken.empty())
        std::erase_if(held_, [&](const Held& held) {
            return std::ranges::binary_search(taken, held.channel);
        });
}

void AcknowledgementQueue::take_all(std::vector<std::uint32_t>& taken) {
    taken.assign(due_.begin(), due_.end());
    due_.clear();
    taken.insert(taken.end(), new_.begin(), new_.end());
    for (const auto& held : held_) taken.push_back(held.channel);
    new_.clear();
    held_.clear();
    sort_out(taken);
}

}  // namespace gateway
