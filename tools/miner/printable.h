#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace miner {

/// What a stranger says, fit for a terminal.
inline std::string printable(std::string_view said) {
    std::string text{said};
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

}  // namespace miner
