#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "share_export/share_row.h"

namespace share_export {

/// How a value is written in JSON, and what SQL makes of it.
enum class ColumnKind {
    number,   ///< as it is
    wide,     ///< a 64-bit number: in JSON a string, as in protobuf's, since not all read 64 bits
    boolean,  ///< true or false
    text,
    hex,   ///< bytes; SQL keeps them as such
    time,  ///< "2026-11-25T23:59:59.123456Z"
};

/// One field of a share, as every export names and writes it: docs/shares.md has what they mean.
struct Column {
    std::string_view name;
    ColumnKind kind;
    std::string_view sql_type;
    /// Nothing where the share has none.
    std::optional<std::string> (*text)(const ShareRow&);
    /// Undoes `text`. False for what this column never says.
    bool (*read)(std::string_view text, ShareRow& row);
};

/// All of them, in the order of a CSV's line. A later version may append some.
std::span<const Column> columns();

/// "2026-11-25T23:59:59.123456Z", UTC.
std::string time_text(base::UnixMicros at);
/// Undoes time_text(), and takes a time without the part behind the point.
std::optional<base::UnixMicros> time_from(std::string_view text);
/// 16 hexadecimal digits.
std::string hex_id(std::uint64_t id);

}  // namespace share_export
