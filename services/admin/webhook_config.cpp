#include "admin/webhook_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/integer.h"
#include "service/secret_file.h"

namespace admin {
namespace {

constexpr std::size_t secret_size_min = 16;

bool is_event(const std::string& name) {
    return std::ranges::any_of(webhook_events, [&](const char* event) { return name == event; });
}

std::optional<std::pair<std::string, std::string>> host_and_port(std::string_view text,
                                                                 std::string_view default_port) {
    std::string_view port = default_port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        const auto rest = text.substr(end + 1);
        if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
        if (!rest.empty()) port = rest.substr(1);
        text = text.substr(1, end - 1);
    } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        port = text.substr(colon + 1);
        text = text.substr(0, colon);
    }
    if (text.empty() || base::parse_integer<std::uint16_t>(port).value_or(0) == 0)
        return std::nullopt;
    return std::pair{std::string{text}, std::string{port}};
}

}  // namespace

std::string WebhookUrl::authority() const {
    const auto written = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return port == (is_https ? "443" : "80") ? written : written + ":" + port;
}

std::optional<WebhookUrl> parse_webhook_url(std::string_view text) {
    WebhookUrl url;
    constexpr std::string_view https = "https://";
    constexpr std::string_view http = "http://";
    if (text.starts_with(https)) {
        text.remove_prefix(https.size());
    } else if (text.starts_with(http)) {
        url.is_https = false;
        text.remove_prefix(http.size());
    } else {
        return std::nullopt;
    }
    const bool is_plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
    const auto end = std::min(text.find_first_of("/?#"), text.size());
    const auto authority = text.substr(0, end);
    if (!is_plain || authority.find('@') != std::string_view::npos) return std::nullopt;
    const auto where = host_and_port(authority, url.is_https ? "443" : "80");
    if (!where) return std::nullopt;
    url.host = where->first;
    url.port = where->second;
    url.target = text.substr(end, text.find('#') - end);
    if (!url.target.starts_with('/')) url.target.insert(0, "/");
    return url;
}

std::string read_webhook_secret(const std::filesystem::path& file, std::string_view key) {
    auto secret = service::read_secret_file(file, key);
    if (secret.size() < secret_size_min)
        throw service::ConfigError{
            {fmt::format("{}: holds fewer than 16 characters: openssl rand -hex 32", key)}};
    return secret;
}

std::vector<WebhookConfig> read_webhooks(service::TableReader root) {
    std::vector<WebhookConfig> webhooks;
    std::set<std::string> names;
    for (auto& table : root.tables("webhooks")) {
        WebhookConfig config;
        const auto url = table.required_string("url");
        if (const auto parsed = parse_webhook_url(url))
            config.url = *parsed;
        else if (!url.empty())
            table.problem("url", "is no https://host/path; http:// only for a receiver nearby");
        config.name = table.string_or("name", config.url.host);
        if (!names.insert(config.name).second)
            table.problem(
                "name", fmt::format("\"{}\" is another webhook's; give each its own", config.name));
        config.secret_file = table.path("secret_file");
        if (!config.secret_file.empty())
            config.secret = read_webhook_secret(config.secret_file, table.full_key("secret_file"));
        config.ca_file = table.optional_path("ca_file");
        for (auto& event : table.strings("events")) {
            if (!is_event(event))
                table.problem("events", fmt::format("\"{}\" is none of {}", event,
                                                    fmt::join(webhook_events, ", ")));
            config.events.insert(std::move(event));
        }
        webhooks.push_back(std::move(config));
    }
    return webhooks;
}

}  // namespace admin
