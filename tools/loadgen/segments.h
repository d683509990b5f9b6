#pragma once

#include <cstdint>

namespace loadgen {

/// The segments with data that a TCP connection has sent so far, by its descriptor; 0 where the
/// kernel does not tell.
std::uint64_t segments_sent(int socket);

}  // namespace loadgen
