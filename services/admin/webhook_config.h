#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "service/config.h"

namespace admin {

/// Where a webhook goes: "https://host:port/path?query".
struct WebhookUrl {
    bool is_https = true;
    std::string host{};
    std::string port{};
    std::string target{};  ///< path and query
    /// As in the Host header.
    std::string authority() const;
};
/// Nothing for another scheme, a user name, or no host.
std::optional<WebhookUrl> parse_webhook_url(std::string_view text);

/// One `[[webhooks]]`.
struct WebhookConfig {
    /// For log, metrics, and the place in the stream of blocks that it has reached.
    std::string name{};
    WebhookUrl url{};
    std::filesystem::path secret_file{};
    std::string secret{};
    /// Empty: all of webhook_events.
    std::set<std::string> events{};
    /// Authorities to be believed instead of the system's.
    std::optional<std::filesystem::path> ca_file{};

    bool wants(const std::string& event) const { return events.empty() || events.contains(event); }
};

inline constexpr const char* webhook_events[] = {
    "block.found",    "block.accepted", "block.rejected", "block.confirmed",
    "block.orphaned", "problem.raised", "problem.cleared"};

/// What is in a webhook's secret_file, the configuration's `key`.
/// Errors: throws service::ConfigError where it cannot be read, or could be guessed.
std::string read_webhook_secret(const std::filesystem::path& file, std::string_view key);

std::vector<WebhookConfig> read_webhooks(service::TableReader root);

}  // namespace admin
