#include "translator/identity_pattern.h"

#include <fmt/format.h>

#include "sv2/types.h"

namespace translator {
namespace {

constexpr std::string_view user_field = "{user}";
constexpr std::string_view worker_field = "{worker}";

std::string_view worker_of(std::string_view user) {
    const auto dot = user.find('.');
    return dot == std::string_view::npos ? std::string_view{} : user.substr(dot + 1);
}

void cut(std::string& text) {
    if (text.size() <= sv2::Str0_255::size_max) return;
    auto size = sv2::Str0_255::size_max;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80U) --size;
    text.resize(size);
}

}  // namespace

base::Result<IdentityPattern, std::string> IdentityPattern::parse(std::string_view text) {
    IdentityPattern pattern;
    pattern.text_ = text;
    while (!text.empty()) {
        const auto brace = text.find('{');
        if (brace == std::string_view::npos) break;
        text.remove_prefix(brace);
        if (text.starts_with("{{")) {
            text.remove_prefix(2);
        } else if (text.starts_with(user_field) || text.starts_with(worker_field)) {
            pattern.depends_on_miner_ = true;
            text.remove_prefix(text.find('}') + 1);
        } else {
            return base::unexpected(fmt::format(
                "\"{}\" is no placeholder; there are {{user}} and {{worker}}, and a "
                "brace is written as {{{{",
                text.substr(0, text.find('}') == std::string_view::npos ? text.size()
                                                                        : text.find('}') + 1)));
        }
    }
    return pattern;
}

std::string IdentityPattern::identity_of(std::string_view user) const {
    std::string identity;
    std::string_view rest = text_;
    while (!rest.empty()) {
        const auto brace = rest.find('{');
        identity += rest.substr(0, brace);
        if (brace == std::string_view::npos) break;
        rest.remove_prefix(brace);
        if (rest.starts_with(user_field)) {
            identity += user;
            rest.remove_prefix(user_field.size());
        } else if (rest.starts_with(worker_field)) {
            identity += worker_of(user);
            rest.remove_prefix(worker_field.size());
        } else {
            identity += '{';
            rest.remove_prefix(2);
        }
    }
    cut(identity);
    return identity;
}

}  // namespace translator
