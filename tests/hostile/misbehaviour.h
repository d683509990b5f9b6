#pragma once

#include "hostile/peer.h"

namespace hostile {

/// Asks and asks, and never reads an answer.
[[noreturn]] void never_read(const Target& target);
/// The same, but reads a byte a second.
[[noreturn]] void read_a_byte_a_second(const Target& target);
/// Opens channels as fast as they are given, and starts again when it is thrown out.
[[noreturn]] void open_without_end(const Target& target);
/// `count` connections that say nothing; each that is closed is made again.
[[noreturn]] void connect_and_say_nothing(const Target& target, std::size_t count);

}  // namespace hostile
