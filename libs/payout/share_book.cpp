#include "payout/share_book.h"

#include <algorithm>
#include <limits>

namespace payout {

void ShareBook::add(const ShareOrder& order, std::string_view identity,
                    bitcoin::Difficulty difficulty, const Work& work) {
    auto miner = miner_numbers_.find(identity);
    if (miner == miner_numbers_.end())
        miner =
            miner_numbers_
                .emplace(std::string{identity}, static_cast<std::uint32_t>(miner_numbers_.size()))
                .first;
    const auto known =
        work_numbers_.try_emplace(work, static_cast<std::uint32_t>(work_numbers_.size())).first;
    shares_.push_back({order, miner->second, known->second, difficulty});
}

void ShareBook::add_solution(const bitcoin::BlockHash& block, const ShareOrder& order,
                             const Work& work) {
    const auto [known, is_new] = solutions_.try_emplace(block, Solution{order, work});
    if (!is_new && order < known->second.order) known->second = {order, work};
}

void ShareBook::finish() {
    renumber();
    std::ranges::sort(shares_, {}, &Share::order);
    const auto twice = std::ranges::unique(shares_, {}, &Share::order);
    shares_.erase(twice.begin(), twice.end());
    std::uint32_t last = std::numeric_limits<std::uint32_t>::max();
    for (auto& share : shares_) {
        const bool is_known = works_[share.work] != Work{};
        if (is_known) last = share.work;
        if (!is_known && last < works_.size()) share.work = last;
    }
}

/// In order of names and works: numbers must not depend on who came first.
void ShareBook::renumber() {
    std::vector<std::uint32_t> miners(miner_numbers_.size());
    miners_.clear();
    for (auto& [name, number] : miner_numbers_) {
        miners[number] = static_cast<std::uint32_t>(miners_.size());
        number = miners[number];
        miners_.push_back(name);
    }
    std::vector<std::uint32_t> works(work_numbers_.size());
    works_.clear();
    for (auto& [work, number] : work_numbers_) {
        works[number] = static_cast<std::uint32_t>(works_.size());
        number = works[number];
        works_.push_back(work);
    }
    for (auto& share : shares_) {
        share.miner = miners[share.miner];
        share.work = works[share.work];
    }
}

const ShareBook::Solution* ShareBook::solution(const bitcoin::BlockHash& block) const {
    const auto found = solutions_.find(block);
    return found == solutions_.end() ? nullptr : &found->second;
}

std::size_t ShareBook::count_until(const ShareOrder& order) const {
    const auto end = std::ranges::upper_bound(shares_, order, {}, &Share::order);
    return static_cast<std::size_t>(end - shares_.begin());
}

}  // namespace payout
