#pragma once

#include <atomic>
#include <cstdint>

#include "hostile/peer.h"

namespace hostile {

/// What a peer has done so far: who compares looks whether it was hostile at all.
struct Deeds {
    std::atomic<std::uint64_t> connections{};  ///< made; set up where it says anything
    std::atomic<std::uint64_t> messages{};     ///< said, behind SetupConnection
};

/// `count` connections that ask and ask, and never read an answer.
[[noreturn]] void never_read(const Target& target, std::size_t count, Deeds& deeds);
/// The same, but reads a byte a second.
[[noreturn]] void read_a_byte_a_second(const Target& target, Deeds& deeds);
/// Opens channels as fast as they are given, and starts again when it is thrown out.
[[noreturn]] void open_without_end(const Target& target, Deeds& deeds);
/// `count` connections that say nothing; each that is closed is made again.
[[noreturn]] void connect_and_say_nothing(const Target& target, std::size_t count, Deeds& deeds);
/// `count` connections, half of which begin a handshake and half, behind one, a frame, a byte at a
/// time: each sends its last byte but one, and then none. Each that is closed is made again.
[[noreturn]] void drip(const Target& target, std::size_t count, Deeds& deeds);

}  // namespace hostile
