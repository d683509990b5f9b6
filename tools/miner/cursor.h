#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "bitcoin/nonce_scan.h"
#include "miner/work.h"

namespace miner {

/// The part of a search space that one thread looks through: every `count`th piece from `index` on.
struct Stripe {
    std::uint64_t index = 0;
    std::uint64_t count = 1;
};

/// Walks the search space of one piece of work: nonces inside, then version bits and extranonce,
/// then ntime as time allows it (Sv2 5.3.11). No header is tried twice, and none by two stripes.
class Cursor {
  public:
    Cursor(std::shared_ptr<const Work> work, Stripe stripe);

    struct Slice {
        std::uint64_t hashes = 0;  ///< 0: nothing is left before ntime may advance
        std::optional<FoundShare> found{};
    };
    /// Tries up to `count` headers, fewer when one of them is a share.
    Slice scan(std::uint64_t count, base::SteadyTime now);

  private:
    void advance_ntime(base::SteadyTime now);
    void begin_roll();
    void next_roll();
    bitcoin::Uint256 merkle_root() const;

    std::shared_ptr<const Work> work_;
    Stripe stripe_;
    std::uint64_t versions_;  ///< how many versions are tried for one extranonce
    std::uint64_t rolls_;     ///< pairs of version and extranonce; saturates
    std::uint64_t nonce_begin_;
    std::uint64_t nonce_end_;
    std::uint64_t roll_ = 0;
    std::uint64_t nonce_ = 0;
    bool is_exhausted_ = false;
    base::Bytes extranonce_{};
    bitcoin::Header header_{};
    bitcoin::HeaderMidstate midstate_{};
};

}  // namespace miner
