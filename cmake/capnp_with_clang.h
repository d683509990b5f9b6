#pragma once

// Put before everything that uses Cap'n Proto, where the compiler is clang: the headers of Cap'n
// Proto 0.9 leave these out for C++20 and rely on comparisons being turned round by the compiler,
// which clang 16 does not do where an operator!= exists.
#include <kj/string.h>

namespace kj {

inline bool operator==(const char* a, const StringPtr& b) {
    return b == StringPtr{a};
}
inline bool operator!=(const char* a, const StringPtr& b) {
    return b != StringPtr{a};
}

}  // namespace kj
