#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "share_export/row_text.h"

namespace share_export {

/// What a file of an archive is called: "shares-2026-11-25-00000012.jsonl.zst". Numbers grow by one
/// with each file, whatever its day; the last one is being written.
struct ArchiveName {
    std::uint32_t number{};
    /// On which Redis wrote the entries in it, UTC.
    std::chrono::sys_days day{};
    TextFormat format{};
    friend auto operator<=>(const ArchiveName&, const ArchiveName&) = default;

    std::string text() const;
    /// Nothing for other files.
    static std::optional<ArchiveName> from(std::string_view text);
};

}  // namespace share_export
