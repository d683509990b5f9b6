#include "channel-manager/allow_list.h"

#include <fmt/format.h>

#include "channel-manager/user_identity.h"

namespace channel_manager {
namespace {

std::string_view trimmed(std::string_view line) {
    constexpr std::string_view space = " \t\r";
    const auto first = line.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(space) - first + 1);
}

}  // namespace

base::Result<AllowList, std::string> AllowList::parse(std::string_view text) {
    AllowList list;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const auto name = trimmed(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (name.empty() || name.starts_with('#')) continue;
        if (!is_acceptable_user_identity(name))
            return base::unexpected(
                fmt::format("line {} is no identity: at most 255 bytes of UTF-8 without control "
                            "characters, and an account before the first dot",
                            number));
        list.names_.emplace(name);
    }
    return list;
}

bool AllowList::has(std::string_view identity) const {
    return names_.contains(identity) || names_.contains(account_of(identity));
}

}  // namespace channel_manager
