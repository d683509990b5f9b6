#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/field_path.h"

namespace admin {

/// Where a page ended: of which list, and what its last row is ordered by (its name is among it).
/// Says nothing of how many rows there were before: rows come and go between two pages.
struct PageToken {
    /// Of filter, order and whatever else selects the rows; see query_hash().
    std::uint64_t query = 0;
    /// Text lies in the string that was decoded or in the row.
    std::vector<Value> keys{};
};

std::uint64_t query_hash(std::string_view kind_of_row, std::string_view name_prefix,
                         std::string_view filter, std::string_view order_by);

/// base64url, without padding.
std::string encode_page_token(const PageToken& token);

/// A token as it was given back; `storage` holds its text. Nothing for what is damaged or was never
/// a token of ours.
std::optional<PageToken> decode_page_token(std::string_view text, std::string& storage);

}  // namespace admin
