#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "base/bytes.h"

/// What one fuzz target does with one input. Linked with libFuzzer in the preset `fuzz`, and with
/// replay.cpp everywhere else.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

inline base::ByteView view(const std::uint8_t* data, std::size_t size) {
    return std::as_bytes(std::span{data, size});
}

/// A property that no input may break. Unlike assert() it is there in every build.
inline void check(bool holds, const char* claim) {
    if (holds) return;
    static_cast<void>(std::fprintf(stderr, "broken: %s\n", claim));
    std::abort();
}

/// Takes decisions off the front of an input; zeros when there is nothing left.
class Script {
  public:
    explicit Script(base::ByteView bytes) : bytes_(bytes) {}

    bool is_empty() const { return bytes_.empty(); }
    std::uint8_t byte() {
        const auto taken = take(1);
        return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken[0]);
    }
    std::uint16_t u16() {
        const unsigned low = byte();
        return static_cast<std::uint16_t>(low | (unsigned{byte()} << 8));
    }
    /// At most this many bytes.
    base::ByteView take(std::size_t size) {
        const auto taken = bytes_.first(size < bytes_.size() ? size : bytes_.size());
        bytes_ = bytes_.subspan(taken.size());
        return taken;
    }
    base::ByteView rest() { return take(bytes_.size()); }

  private:
    base::ByteView bytes_;
};

}  // namespace fuzz
