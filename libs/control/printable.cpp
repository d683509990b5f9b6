#include "control/printable.h"

#include <cstddef>

namespace control {
namespace {

unsigned char at(std::string_view text, std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

bool goes_on(unsigned char byte, unsigned char min = 0x80, unsigned char max = 0xbf) {
    return byte >= min && byte <= max;
}

/// Bytes of the character that begins here; zero where none does (Unicode 15, table 3-7).
std::size_t length_at(std::string_view text, std::size_t i) {
    const auto first = at(text, i);
    const auto second = at(text, i + 1);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return goes_on(second) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const bool is_good = first == 0xe0   ? goes_on(second, 0xa0)
                             : first == 0xed ? goes_on(second, 0x80, 0x9f)
                                             : goes_on(second);
        return is_good && goes_on(at(text, i + 2)) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const bool is_good = first == 0xf0   ? goes_on(second, 0x90)
                             : first == 0xf4 ? goes_on(second, 0x80, 0x8f)
                                             : goes_on(second);
        return is_good && goes_on(at(text, i + 2)) && goes_on(at(text, i + 3)) ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::string to_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const auto length = length_at(text, i);
        if (length == 0) {
            out += '?';
            ++i;
            continue;
        }
        out += text.substr(i, length);
        i += length;
    }
    return out;
}

}  // namespace control
