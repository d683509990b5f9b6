#include "gateway/acknowledgement.h"

#include <algorithm>
#include <utility>

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

std::vector<std::uint32_t> AcknowledgementQueue::take_due(base::SteadyTime now) {
    for (const auto channel : std::exchange(new_, {})) held_.push_back({channel, now});
    auto taken = std::exchange(due_, {});
    if (hold_.time.count() != 0)
        for (; !held_.empty() && now - held_.front().since >= hold_.time; held_.pop_front())
            taken.push_back(held_.front().channel);
    sort_out(taken);
    // Those that were full, or had a block, wait no more.
    if (!taken.empty())
        std::erase_if(held_, [&](const Held& held) {
            return std::ranges::binary_search(taken, held.channel);
        });
    return taken;
}

std::vector<std::uint32_t> AcknowledgementQueue::take_all() {
    auto taken = std::exchange(due_, {});
    for (const auto channel : std::exchange(new_, {})) taken.push_back(channel);
    for (const auto& held : std::exchange(held_, {})) taken.push_back(held.channel);
    sort_out(taken);
    return taken;
}

}  // namespace gateway
