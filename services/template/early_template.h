#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "bitcoin/network.h"
#include "template/candidate.h"
#include "template/node_status.h"

namespace templates {

/// What one template of a node says of the next.
struct EarlyBasis {
    std::uint32_t version{};
    std::uint32_t height{};
    bool segwit{};
};

/// A candidate on a tip of which only the header is known: without transactions, so that miners
/// leave the old tip before the node has made a template of the new one. `now` is the node's clock;
/// the candidate is good for `early_life`.
///
/// Pure. Errors: why there is none, for the log: it is not the tip, or the next block's nbits or
/// version are not certain before the node tells them.
base::Result<Candidate, std::string_view> early_candidate(const BlockInfo& tip,
                                                          const EarlyBasis& basis,
                                                          bitcoin::Network network,
                                                          std::chrono::sys_seconds now);

/// The nbits of the block after `tip`, where they follow from it alone. Nothing at a retarget, and
/// on the networks where a block may be easy after twenty minutes without one: close to that time,
/// and after such a block.
std::optional<std::uint32_t> certain_nbits(const BlockInfo& tip, bitcoin::Network network,
                                           std::chrono::sys_seconds now);

/// Longer than a node takes for a template, with room.
inline constexpr std::chrono::seconds early_life{120};

}  // namespace templates
