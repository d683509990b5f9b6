#pragma once

#include <cstdint>
#include <string_view>

namespace redis {

/// A Redis Cluster spreads its keys over so many slots.
inline constexpr std::uint16_t slot_count = 16'384;

/// The slot of a key: CRC16 of what stands between its first '{' and the next '}', or of all of
/// it where nothing does (Redis Cluster specification, "Hash tags").
std::uint16_t slot_of(std::string_view key);

}  // namespace redis
