#include "mining/batch_judge.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "bitcoin/sha256_kernels.h"
#include "bitcoin/sha256_words.h"
#include "mining/solution.h"

namespace mining {
namespace {

// As many as the widest kernel takes; their tails stay in the nearest cache.
constexpr std::size_t at_once = 16;

}  // namespace

void BatchJudge::judge(std::span<const ShareToJudge> shares, std::span<Judged> judged) {
    ask_for_roots(shares, judged);
    find_roots();
    hash_headers(shares);
    for (std::size_t i = 0; i < hashed_.size(); ++i) {
        const auto& item = shares[hashed_[i].share];
        judged[hashed_[i].share] =
            judge_hash(*item.share, *item.record, *item.block_template,
                       bitcoin::BlockHash{hashes_[i]}, facts_[hashed_[i].facts].difficulty);
    }
}

/// Neighbours are often of one record, and many channels of a pool have the same target.
std::uint32_t BatchJudge::facts_of(const JobRecord& record) {
    if (!facts_.empty() && facts_.back().record == &record)
        return static_cast<std::uint32_t>(facts_.size() - 1);
    const auto place = static_cast<std::uint32_t>(facts_.size());
    const auto [known, is_new] = facts_by_record_.try_emplace(&record, place);
    if (!is_new) return known->second;
    const bool is_as_before = !facts_.empty() && facts_.back().record->target == record.target;
    facts_.push_back(
        {&record,
         is_as_before ? facts_.back().difficulty : bitcoin::difficulty_of(record.target),
         {}});
    return place;
}

/// Each share of an extended job has a root of its own, those of a standard job have one together.
void BatchJudge::ask_for_roots(std::span<const ShareToJudge> shares, std::span<Judged> judged) {
    facts_.clear();
    facts_by_record_.clear();
    hashed_.clear();
    roots_.clear();
    for (std::uint32_t place = 0; place < shares.size(); ++place) {
        const auto& item = shares[place];
        if (item.coinbase == nullptr || !is_hashable(*item.share, *item.record)) {
            judged[place] = judge_unhashed(*item.share, *item.record, *item.block_template);
            continue;
        }
        const auto facts = facts_of(*item.record);
        auto root = facts_[facts].root;
        if (!root) {
            root = static_cast<std::uint32_t>(roots_.size());
            roots_.push_back(
                {&item, item.block_template->merkle_path.size(), item.coinbase->tail_blocks()});
            if (item.record->extranonce_size == 0) facts_[facts].root = root;
        }
        hashed_.push_back({place, *root, facts});
    }
}

/// In runs of those that take as many blocks and levels, which is nearly always all of them.
void BatchJudge::find_roots() {
    const auto shape = [this](std::uint32_t i) {
        return std::pair{roots_[i].blocks, roots_[i].levels};
    };
    order_.resize(roots_.size());
    for (std::uint32_t i = 0; i < order_.size(); ++i) order_[i] = i;
    if (!std::ranges::is_sorted(order_, {}, shape)) std::ranges::sort(order_, {}, shape);
    found_roots_.resize(roots_.size());
    for (std::size_t begin = 0; begin < order_.size();) {
        std::size_t end = begin;
        while (end < order_.size() && end - begin < at_once &&
               shape(order_[end]) == shape(order_[begin]))
            ++end;
        find_roots(std::span{order_}.subspan(begin, end - begin));
        begin = end;
    }
}

void BatchJudge::find_roots(std::span<const std::uint32_t> alike) {
    const auto& kernel = bitcoin::best_sha256_kernel();
    const auto [of, levels, blocks] = roots_[alike.front()];
    tails_.resize(std::max(tails_.size(), at_once * blocks * 64));
    std::array<const std::uint32_t*, at_once> begun{};
    std::array<const std::uint8_t*, at_once> tails{};
    std::array<const std::uint8_t*, at_once> paths{};
    std::array<std::uint8_t*, at_once> nodes{};
    for (std::size_t lane = 0; lane < alike.size(); ++lane) {
        const auto& item = *roots_[alike[lane]].of;
        auto* tail = tails_.data() + lane * blocks * 64;
        item.coinbase->write_tail(item.record->extranonce_prefix.bytes(),
                                  item.share->extranonce.bytes(), tail);
        begun[lane] = item.coinbase->begun().data();
        tails[lane] = tail;
        if (levels != 0) paths[lane] = item.block_template->merkle_path.data()->bytes.data();
        nodes[lane] = found_roots_[alike[lane]].bytes.data();
    }
    kernel.finish_double(begun.data(), tails.data(), blocks, nodes.data(), alike.size());
    if (levels != 0) kernel.fold(nodes.data(), paths.data(), levels, alike.size());
}

void BatchJudge::hash_headers(std::span<const ShareToJudge> shares) {
    hashes_.resize(hashed_.size());
    std::array<std::array<std::uint8_t, 128>, at_once> blocks{};
    std::array<const std::uint32_t*, at_once> states{};
    std::array<const std::uint8_t*, at_once> from{};
    std::array<std::uint8_t*, at_once> to{};
    for (std::size_t lane = 0; lane < at_once; ++lane) {
        bitcoin::pad_header(blocks[lane]);
        states[lane] = bitcoin::sha256_initial_state.data();
        from[lane] = blocks[lane].data();
    }
    for (std::size_t done = 0; done < hashed_.size(); done += at_once) {
        const auto count = std::min(at_once, hashed_.size() - done);
        for (std::size_t lane = 0; lane < count; ++lane) {
            const auto& [share, root, facts] = hashed_[done + lane];
            const auto& item = shares[share];
            const auto header = bitcoin::encode_header(
                share_header(*item.share, *item.block_template, found_roots_[root]));
            std::memcpy(blocks[lane].data(), header.data(), header.size());
            to[lane] = hashes_[done + lane].bytes.data();
        }
        bitcoin::best_sha256_kernel().finish_double(states.data(), from.data(), 2, to.data(),
                                                    count);
    }
}

}  // namespace mining
