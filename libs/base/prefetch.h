#pragma once

#include <cstddef>

namespace base {

/// Has the processor fetch an object that is about to be changed, while something else is done.
/// Only worth its line where thousands of objects are visited, each once.
template <class T>
void prefetch(const T& object) {
    constexpr std::size_t cache_line = 64;
    const auto* bytes = reinterpret_cast<const std::byte*>(&object);
    for (std::size_t at = 0; at < sizeof(T); at += cache_line) __builtin_prefetch(bytes + at, 1);
}

}  // namespace base
