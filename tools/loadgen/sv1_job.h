#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "bitcoin/header.h"
#include "bitcoin/nonce_scan.h"
#include "bitcoin/target.h"
#include "sv1/call.h"

namespace loadgen {

/// What `mining.notify` said, with all that was in force at that moment.
struct Sv1Job {
    std::string id{};
    bitcoin::BlockHash prev_hash{};
    base::Bytes coinbase1{};
    base::Bytes coinbase2{};
    std::vector<bitcoin::Uint256> merkle_branch{};
    std::uint32_t version{};
    std::uint32_t nbits{};
    std::uint32_t ntime{};
    sv1::ExtranonceBytes extranonce1{};
    std::size_t extranonce2_size{};
    bitcoin::Target target{};  ///< of the told difficulty
};
/// `extranonce2_size` at most 32.
Sv1Job job_of(const sv1::Notify& notify, const sv1::ExtranonceBytes& extranonce1,
              std::size_t extranonce2_size, const bitcoin::Target& target);

struct FoundShare {
    sv1::ExtranonceBytes extranonce2{};
    bitcoin::Header header{};
    bitcoin::BlockHash hash{};
};

/// Looks for shares of one job, one nonce after the other behind an extranonce2.
class ShareSearch {
  public:
    /// No share solves a block, where the share's target is easier than the network's.
    void avoid_blocks() { avoids_blocks_ = true; }

    /// From nonce 0 on. The extranonce2 has the job's size.
    void begin(const Sv1Job& job, const sv1::ExtranonceBytes& extranonce2, std::uint32_t ntime,
               std::uint32_t version);

    struct Step {
        std::uint64_t hashes{};
        std::optional<FoundShare> found{};
    };
    /// At most so many hashes; ends with the first share.
    Step search(std::uint64_t hashes_max);
    /// The next nonce that does not meet the target; nothing where nearly every one does.
    Step search_miss();

  private:
    bool is_wanted(const bitcoin::BlockHash& hash) const;

    bool avoids_blocks_ = false;
    bitcoin::Target network_target_{};
    bitcoin::Header header_{};
    bitcoin::HeaderMidstate midstate_{};
    sv1::ExtranonceBytes extranonce2_{};
    bitcoin::Target target_{};
};

/// `value`'s last bytes, most significant first.
sv1::ExtranonceBytes extranonce2_of(std::uint64_t value, std::size_t size);

}  // namespace loadgen
