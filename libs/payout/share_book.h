#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "bitcoin/difficulty.h"
#include "bitcoin/target.h"

namespace payout {

/// When a share was received, and which one it is: the order in which pay-outs see shares.
struct ShareOrder {
    base::UnixMicros received_at{};
    std::uint64_t entry_ms{};
    std::uint64_t entry_sequence{};
    std::uint32_t partition{};
    std::uint32_t index{};
    friend constexpr auto operator<=>(const ShareOrder&, const ShareOrder&) = default;
};

/// What a share was mined against.
struct Work {
    bitcoin::DifficultySum network_difficulty{};  ///< zero: not known
    std::uint32_t height{};                       ///< 0: not known
    friend constexpr auto operator<=>(const Work& a, const Work& b) {
        return std::tuple{a.network_difficulty.high, a.network_difficulty.low, a.height} <=>
               std::tuple{b.network_difficulty.high, b.network_difficulty.low, b.height};
    }
    friend bool operator==(const Work&, const Work&) = default;
};

/// A share that counts.
struct Share {
    ShareOrder order{};
    std::uint32_t miner{};  ///< its place in ShareBook::miners()
    std::uint32_t work{};   ///< its place in ShareBook::works()
    bitcoin::Difficulty difficulty{};
};

/// The accepted shares of a time, in their order, whatever the order in which they come in.
class ShareBook {
  public:
    void add(const ShareOrder& order, std::string_view identity, bitcoin::Difficulty difficulty,
             const Work& work);
    /// The share solved this block.
    void add_solution(const bitcoin::BlockHash& block, const ShareOrder& order, const Work& work);

    /// Sorts, and numbers miners by name and works by value. What came twice is there once; of a
    /// share that does not know its work the one before it is taken. To be called before what
    /// follows.
    void finish();

    const std::vector<Share>& shares() const { return shares_; }
    const std::vector<std::string>& miners() const { return miners_; }
    const std::vector<Work>& works() const { return works_; }

    struct Solution {
        ShareOrder order{};
        Work work{};
    };
    /// Null where no share is known to have solved it.
    const Solution* solution(const bitcoin::BlockHash& block) const;
    /// How many shares were received no later.
    std::size_t count_until(const ShareOrder& order) const;

  private:
    void renumber();

    std::vector<Share> shares_{};
    std::map<std::string, std::uint32_t, std::less<>> miner_numbers_{};
    std::map<Work, std::uint32_t> work_numbers_{};
    std::map<bitcoin::BlockHash, Solution> solutions_{};
    std::vector<std::string> miners_{};
    std::vector<Work> works_{};
};

}  // namespace payout
