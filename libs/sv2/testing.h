#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "base/hex.h"
#include "sv2/codec.h"
#include "sv2/frame.h"

namespace sv2::testing {

inline base::Bytes bytes_of(std::string_view hex) {
    auto bytes = base::from_hex(hex);
    if (!bytes) std::abort();
    return *bytes;
}

inline std::string hex_of(base::ByteView bytes) {
    return base::to_hex(bytes);
}

/// A hash or target with this byte throughout.
inline U256 filled(unsigned char byte) {
    U256 value;
    value.fill(std::byte{byte});
    return value;
}

inline U256 u256_of(std::string_view hex) {
    const auto bytes = bytes_of(hex);
    U256 value{};
    if (bytes.size() != value.size()) std::abort();
    std::copy(bytes.begin(), bytes.end(), value.begin());
    return value;
}

/// Bytes on the heap with nothing behind them, so that the address sanitizer sees an over-read.
class ExactBytes {
  public:
    explicit ExactBytes(base::ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}
    base::ByteView view() const { return bytes_; }

  private:
    base::Bytes bytes_;
};

inline base::ByteView payload_of(base::ByteView frame) {
    return frame.subspan(frame_header_size);
}

inline FrameHeader header_of_frame(base::ByteView frame) {
    return decode_header(frame.first<frame_header_size>());
}

}  // namespace sv2::testing
