#include "admin/console.h"

#include <algorithm>
#include <array>

#include "admin/web_assets.h"
#include "admin/web_rules.h"

namespace admin {
namespace {

// The page knows its views; each can be opened by its address.
constexpr std::array<std::string_view, 9> views{"/",         "/workers",  "/worker",
                                                "/blocks",   "/nodes",    "/services",
                                                "/gateways", "/problems", "/index.html"};

bool is_view(std::string_view path) {
    return std::find(views.begin(), views.end(), path) != views.end();
}

}  // namespace

Console::Console(service::Loop& loop, const ConsoleConfig& config, const View& view,
                 HistorySource history, const base::Clock& clock, base::Random& random)
    : hosts_(config.hosts),
      api_(view, std::move(history)),
      events_(loop.context(), view, clock, random.next_u64()),
      server_(loop, config.listen, "console", config.tls, WebLimits{},
              [this](const WebRequest& request) { return answer(request); }) {}

void Console::start() {
    events_.start();
}

void Console::close() {
    events_.close();
    server_.close();
}

WebReply Console::answer(const WebRequest& request) {
    if (!is_host_of(request.host, hosts_))
        return {.status = 421,
                .body =
                    "this name is not the console's; console.hosts of adit-admin's "
                    "configuration lists those that are\n"};
    if (request.path == "/api/events") return events_.open(request);
    if (auto reply = api_.answer(request)) return std::move(*reply);
    if (request.path.starts_with("/api/")) return error_reply(404, "there is no such question");
    const auto path = is_view(request.path) ? std::string_view{"/index.html"} : request.path;
    if (const auto* asset = find_asset(web_assets(), path); asset && path != "/miner.html")
        return asset_reply(*asset, request);
    return {.status = 404, .body = "there is no such page\n"};
}

}  // namespace admin
