#pragma once

#include <cstddef>

namespace noise {

/// What the C libraries call a byte.
inline unsigned char* c_bytes(std::byte* bytes) {
    return reinterpret_cast<unsigned char*>(bytes);
}
inline const unsigned char* c_bytes(const std::byte* bytes) {
    return reinterpret_cast<const unsigned char*>(bytes);
}

}  // namespace noise
