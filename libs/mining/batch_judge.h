#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mining/judge.h"

namespace mining {

/// One share of a batch and all that it is judged by; nothing is owned.
struct ShareToJudge {
    const SubmittedShare* share{};
    const JobRecord* record{};
    const BlockTemplate* block_template{};
    const JobCoinbase* coinbase{};  ///< null where it cannot be built: `invalid_share`
};

/// Judges many shares, as judge() would one by one, and as fast as the CPU can: coinbases, merkle
/// paths and headers are hashed sixteen at a time where it has the registers for it, and shares of
/// one standard job share its merkle root. Holds nothing but memory to work in, which is used
/// again from batch to batch. Owned by one loop.
class BatchJudge {
  public:
    /// `judged` is as long as `shares`.
    void judge(std::span<const ShareToJudge> shares, std::span<Judged> judged);

  private:
    /// What all shares of one record have in common.
    struct Facts {
        const JobRecord* record{};
        bitcoin::Difficulty difficulty{};
        std::optional<std::uint32_t> root{};  // of jobs whose extranonce is fixed
    };
    /// A share that has a header; places in the batch, in roots_ and in facts_.
    struct Hashed {
        std::uint32_t share{};
        std::uint32_t root{};
        std::uint32_t facts{};
    };
    /// A merkle root to be found, and for whom; the first share of a standard job asks for all.
    struct Root {
        const ShareToJudge* of{};
        std::size_t levels{};
        std::size_t blocks{};
    };

    std::uint32_t facts_of(const JobRecord& record);
    void ask_for_roots(std::span<const ShareToJudge> shares, std::span<Judged> judged);
    void find_roots();
    void find_roots(std::span<const std::uint32_t> alike);
    void hash_headers(std::span<const ShareToJudge> shares);

    std::vector<Facts> facts_{};
    boost::unordered_flat_map<const JobRecord*, std::uint32_t> facts_by_record_{};
    std::vector<Hashed> hashed_{};
    std::vector<Root> roots_{};
    std::vector<bitcoin::Uint256> found_roots_{};
    std::vector<std::uint32_t> order_{};
    std::vector<std::uint8_t> tails_{};
    std::vector<bitcoin::Uint256> hashes_{};
};

}  // namespace mining
