#include "channel-manager/user_identity.h"

#include <cstdint>

namespace channel_manager {
namespace {

/// Takes one code point off the front; false when there is no valid one (RFC 3629).
bool take_code_point(std::string_view& text, std::uint32_t& code_point) {
    const auto first = static_cast<std::uint8_t>(text.front());
    std::size_t more = 0;
    std::uint32_t smallest = 0;
    if (first < 0x80) {
        code_point = first;
    } else if ((first & 0xe0U) == 0xc0U) {
        code_point = first & 0x1fU;
        more = 1;
        smallest = 0x80;
    } else if ((first & 0xf0U) == 0xe0U) {
        code_point = first & 0x0fU;
        more = 2;
        smallest = 0x800;
    } else if ((first & 0xf8U) == 0xf0U) {
        code_point = first & 0x07U;
        more = 3;
        smallest = 0x10000;
    } else {
        return false;
    }
    if (text.size() <= more) return false;
    for (std::size_t i = 1; i <= more; ++i) {
        const auto next = static_cast<std::uint8_t>(text[i]);
        if ((next & 0xc0U) != 0x80U) return false;
        code_point = (code_point << 6) | (next & 0x3fU);
    }
    text.remove_prefix(1 + more);
    const bool is_surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
    return code_point >= smallest && code_point <= 0x10ffff && !is_surrogate;
}

bool is_control(std::uint32_t code_point) {
    return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
}

}  // namespace

std::string_view account_of(std::string_view identity) {
    return identity.substr(0, identity.find('.'));
}

bool is_acceptable_user_identity(std::string_view identity) {
    if (account_of(identity).empty() || identity.size() > user_identity_size_max) return false;
    std::uint32_t code_point = 0;
    while (!identity.empty())
        if (!take_code_point(identity, code_point) || is_control(code_point)) return false;
    return true;
}

}  // namespace channel_manager
