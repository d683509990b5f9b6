#include "admin/row_names.h"

#include <cstdint>

#include "base/integer.h"
#include "ledger/keys.h"

namespace admin {
namespace {

/// As resource_name.h has it. What begins with a tilde is ours.
bool is_plain(char letter) {
    if ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
        (letter >= '0' && letter <= '9'))
        return true;
    return std::string_view{"-._~:@+"}.find(letter) != std::string_view::npos;
}

std::string to_segment(std::string_view text, std::string_view when_empty) {
    if (text.empty()) return std::string{when_empty};
    // By itself it stands for "all" or "without a name".
    if (text == "-") return "%2D";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string segment;
    for (const char letter : text) {
        if (is_plain(letter) && !(letter == '~' && segment.empty())) {
            segment += letter;
            continue;
        }
        const auto byte = static_cast<unsigned char>(letter);
        segment += '%';
        segment += digits[byte >> 4];
        segment += digits[byte & 15];
    }
    return segment;
}

/// The length of the UTF-8 letter that `text` begins with; 0 where it does not.
std::size_t letter_size(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return lead >= 0x20 && lead != 0x7f ? 1 : 0;
    const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
    const auto second = static_cast<unsigned char>(text[1]);
    // Too long for what they say, surrogates, and beyond the last letter.
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
        (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f))
        return 0;
    return size;
}

}  // namespace

std::string channel_resource(mining::ChannelKey key) {
    return "channels/" + ledger::keys::channel_name(key);
}

std::optional<mining::ChannelKey> channel_of_resource(std::string_view name) {
    constexpr std::string_view collection = "channels/";
    if (!name.starts_with(collection)) return std::nullopt;
    constexpr std::size_t digits = 16;
    const auto text = name.substr(collection.size());
    const auto key = base::parse_integer<std::uint64_t>(text, 16);
    if (!key || text.size() != digits) return std::nullopt;
    return mining::ChannelKey{*key};
}

std::string identity_resource(std::string_view identity) {
    return "identities/" + to_segment(identity, "~none");
}

std::string worker_resource(std::string_view identity, std::string_view worker) {
    return identity_resource(identity) + "/workers/" + to_segment(worker, "-");
}

std::string printable(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const auto size = letter_size(text);
        if (size == 0)
            shown += '?';
        else
            shown += text.substr(0, size);
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return shown;
}

}  // namespace admin
