#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "edge/request_pace.h"
#include "gateway/output_bound.h"

/// The sizes of the simulated pool. Bounds are far below those of a real one, so that twenty miners
/// reach them; they are what the checks compare with, written down here and not asked of the code
/// that is checked.
namespace simulation::scale {

using namespace std::chrono_literals;

inline constexpr std::uint32_t partitions = 4;
inline constexpr std::size_t entries_a_partition = 16;
inline constexpr std::size_t paced_a_partition = 64;
inline constexpr std::size_t shares_a_batch = 16;
inline constexpr std::uint32_t credits = 8;

/// What a gateway reads at once: no more entries than this can come over the bound with it, for no
/// message that makes an entry is shorter than 24 bytes.
inline constexpr std::size_t read_size = 512;
inline constexpr std::size_t entries_a_read = read_size / 24;

inline constexpr gateway::OutputBound output{
    .connection = 24 * 1'024, .channel = 384, .backed_up = 3 * 1'024};
/// What one message or template adds at most to a connection's output, beyond its bound.
inline constexpr std::size_t output_at_once = 16 * 1'024;
/// What the two kernels hold of a connection's bytes.
inline constexpr std::size_t tcp_window = 6 * 1'024;

inline constexpr edge::RequestPace::Limits requests{.per_second = 50, .burst = 20};

/// Hashes for a share, and for a block, on the average: so that a miner's CPU costs nothing. What
/// miners ask for lies between.
inline constexpr double hashes_a_share_min = 8;
inline constexpr double hashes_a_share_max = 96;
/// What vardiff may give.
inline constexpr double hashes_a_share_hardest = 256;
inline constexpr double hashes_a_share_easiest = 4;
/// What vardiff wants of a channel.
inline constexpr double shares_a_minute = 60;
inline constexpr std::uint32_t nbits = 0x1f0fffff;  // 4,096 hashes

}  // namespace simulation::scale
