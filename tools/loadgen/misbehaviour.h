#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "loadgen/peer.h"
#include "loadgen/statistics.h"

namespace loadgen {

/// Who is no miner, or a bad one. None of them can find a share.
enum class Misbehaviour {
    never_reads,  ///< greets as a miner does, goes on asking, and never reads its socket
    half_lines,   ///< sends lines in two halves with a pause between; every fifth never ends
    floods,       ///< sends many lines: unknown methods, pings, shares of no job; and garbage on
                  ///< every other connection, which a pool need not bear
    silent,       ///< connects and says nothing
};
inline constexpr std::array misbehaviours{Misbehaviour::never_reads, Misbehaviour::half_lines,
                                          Misbehaviour::floods, Misbehaviour::silent};
/// "never-reads".
std::string_view name_of(Misbehaviour kind);
/// For people.
std::string_view text_of(Misbehaviour kind);

/// `lines_per_second` is what a flood aims at. Statistics and chance outlive it.
std::unique_ptr<Peer> misbehaving(Misbehaviour kind, std::string user, double lines_per_second,
                                  Statistics& statistics, base::Random& random);

}  // namespace loadgen
