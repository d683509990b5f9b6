#include "admin/miner_page.h"

#include <chrono>
#include <vector>

#include "admin/console_api.h"
#include "admin/live_rows.h"
#include "admin/proto_json.h"
#include "admin/row_names.h"
#include "admin/web_assets.h"
#include "admin/web_rules.h"

namespace admin {
namespace {

// Longer than any answer takes to be made, so that the time tells nothing about whether there is
// one.
constexpr std::chrono::milliseconds answered_after{50};
constexpr std::size_t burst = 10;
constexpr std::string_view page_prefix = "/miner/";
constexpr std::string_view api_prefix = "/api/miner/";
// Miners' pages stay open for hours, and what they show is of minutes.
constexpr const char* cached_for = "private, max-age=10";

const WebLimits limits{.connections_max = 500,
                       .connections_per_peer_max = 16,
                       .request_size_max = 4 * 1024,
                       .idle_max = std::chrono::seconds{15}};

// What is the miner's own to know: nothing of our insides, such as channels' names.
proto::Worker shown(const proto::Worker& row) {
    auto out = row;
    out.clear_identity();
    return out;
}

// A page of ours; files of the console's are not here.
const WebAsset* asset_for(std::string_view path) {
    if (path == "/" || path.starts_with(page_prefix))
        return find_asset(web_assets(), "/miner.html");
    if (path.starts_with("/assets/") && path.find("/assets/index") != 0)
        return find_asset(web_assets(), path);
    return path == "/icon.svg" ? find_asset(web_assets(), path) : nullptr;
}

}  // namespace

std::string miner_json(const View& view, const std::string& identity, base::UnixMicros now,
                       std::size_t workers_max) {
    const auto name = identity_resource(identity);
    const auto* found = view.identities.find(name);
    if (found == nullptr) return {};
    auto row = *found;
    row.clear_name();
    row.clear_is_banned();
    std::string workers;
    std::size_t count = 0;
    view.workers.for_each(name + "/", [&](const proto::Worker& worker) {
        if (++count > workers_max) return;
        if (!workers.empty()) workers += ',';
        workers += to_json(shown(worker));
    });
    row.clear_workers();  // the list stands in its place
    auto json = to_json(row);
    json.pop_back();
    if (json.size() > 1) json += ',';
    json += "\"time\":" + json_string(to_json_time(now)) + ",\"workers\":[" + workers + "]";
    if (count > workers_max) json += ",\"workers_left_out\":" + std::to_string(count - workers_max);
    return json += "}";
}

MinerPage::MinerPage(service::Loop& loop, const MinerPageConfig& config, const View& view,
                     const base::Clock& clock)
    : view_(view),
      clock_(clock),
      limiter_({.per_address = {.per_second = config.per_address, .burst = burst},
                .in_total = {.per_second = config.in_total, .burst = config.in_total}}),
      server_(loop, config.listen, "miner_page", config.tls, limits,
              [this](const WebRequest& request) { return answer(request); }) {}

WebReply MinerPage::answer(const WebRequest& request) {
    if (!limiter_.take(request.peer, clock_.steady_now()))
        return {.status = 429,
                .body = "so many questions a second are too many; ask again in ten seconds\n",
                .headers = {{"Retry-After", "10"}, {"Cache-Control", "no-store"}}};
    if (request.path.starts_with(api_prefix))
        return miner(request, request.path.substr(api_prefix.size()));
    if (const auto* asset = asset_for(request.path)) return asset_reply(*asset, request);
    return {.status = 404, .body = "there is no such page\n"};
}

WebReply MinerPage::miner(const WebRequest& request, std::string_view segment) const {
    const auto identity = decoded_path(segment);
    std::string json;
    if (identity && !identity->empty())
        json = miner_json(view_, *identity, clock_.unix_now(), workers_max);
    auto reply = json.empty() ? error_reply(404, "nobody of this name has mined here lately")
                              : json_reply(std::move(json), request);
    if (reply.status == 200) reply.headers.front().second = cached_for;
    reply.delay = answered_after;
    return reply;
}

}  // namespace admin
