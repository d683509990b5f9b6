#include "share_export/entry_id.h"

#include "base/integer.h"

namespace share_export {

std::optional<EntryId> EntryId::from(std::string_view text) {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto ms = base::parse_integer<std::uint64_t>(text.substr(0, dash));
    const auto sequence = base::parse_integer<std::uint64_t>(text.substr(dash + 1));
    if (!ms || !sequence) return std::nullopt;
    return EntryId{*ms, *sequence};
}

std::string EntryId::text() const {
    return std::to_string(ms) + '-' + std::to_string(sequence);
}

}  // namespace share_export
