#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace translator {

/// A pool's error or reason code, for logs and miners: without control characters (Sv2 3.5).
inline std::string printable(std::string_view code) {
    std::string text{code};
    std::ranges::replace_if(
        text, [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

}  // namespace translator
