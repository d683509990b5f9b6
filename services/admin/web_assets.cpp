#include "admin/web_assets.h"

#include <algorithm>

#include "admin/web_rules.h"

namespace admin {

const WebAsset* find_asset(std::span<const WebAsset> assets, std::string_view path) {
    const auto found = std::find_if(assets.begin(), assets.end(),
                                    [&](const WebAsset& asset) { return asset.path == path; });
    return found == assets.end() ? nullptr : &*found;
}

WebReply asset_reply(const WebAsset& asset, const WebRequest& request) {
    WebReply reply{.content_type = std::string{asset.content_type}};
    reply.headers = {
        {"ETag", std::string{asset.etag}},
        {"Cache-Control", asset.is_immutable ? "public, max-age=31536000, immutable" : "no-cache"}};
    if (!asset.gzip.empty()) reply.headers.emplace_back("Vary", "Accept-Encoding");
    if (names_etag(request.if_none_match, asset.etag)) {
        reply.status = 304;
        return reply;
    }
    reply.is_gzip = request.accepts_gzip && !asset.gzip.empty();
    reply.content = reply.is_gzip ? asset.gzip : asset.plain;
    return reply;
}

}  // namespace admin
