#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "redis/client.h"

namespace redis {

/// Where in a cluster a command belongs.
struct Route {
    enum class Kind {
        /// To the primary that has `slot`.
        slot,
        /// To any primary: PING, TIME.
        any,
        /// SCAN, whose cursor goes from primary to primary.
        scan,
        /// Nowhere; `why` says why.
        none,
    };
    Kind kind = Kind::none;
    std::uint16_t slot = 0;
    std::string why{};
};

/// Reads where a command's keys are. It knows the commands that this pool uses, and refuses others,
/// rather than send one where its key is not; so it does for keys of several slots.
Route route_of(const Args& command);

/// The cursor of a SCAN over a cluster, as callers see it: which version of the slots it began
/// with, which primary it is at, in their order, and that one's own cursor. "0" begins and ends.
struct ScanCursor {
    std::uint64_t version = 0;
    std::size_t primary = 0;
    std::string cursor = "0";

    std::string to_string() const;
    friend bool operator==(const ScanCursor&, const ScanCursor&) = default;
};
/// Of a text that is not "0"; nothing for what is no such cursor.
std::optional<ScanCursor> parse_scan_cursor(const std::string& text);

}  // namespace redis
