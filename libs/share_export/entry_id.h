#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace share_export {

/// The name of an entry of the share log, "milliseconds-sequence", as a number: later is greater.
struct EntryId {
    std::uint64_t ms = 0;  ///< since 1970, by Redis' clock
    std::uint64_t sequence = 0;
    friend constexpr auto operator<=>(EntryId, EntryId) = default;

    /// Nothing for a text that names no entry.
    static std::optional<EntryId> from(std::string_view text);
    std::string text() const;
};

}  // namespace share_export
