#pragma once

#include <span>
#include <string_view>

#include "admin/web_message.h"

namespace admin {

/// A file of the pages, as console/build.py puts it into the program.
struct WebAsset {
    std::string_view path{};
    std::string_view content_type{};
    /// Quoted, as headers have it.
    std::string_view etag{};
    std::string_view plain{};
    /// Empty where it is no smaller.
    std::string_view gzip{};
    /// Its name tells its content, so that a browser need never ask again.
    bool is_immutable = false;
};

/// All of them, by path. Defined in the generated file.
std::span<const WebAsset> web_assets();

/// Null where there is none.
const WebAsset* find_asset(std::span<const WebAsset> assets, std::string_view path);

/// The file, or that the browser has it already.
WebReply asset_reply(const WebAsset& asset, const WebRequest& request);

}  // namespace admin
