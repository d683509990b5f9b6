#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "admin/webhook_config.h"

namespace admin {

/// One POST over a connection of its own, looked up, connected and answered within `timeout` each.
/// Redirections are not followed.
struct HttpPost {
    WebhookUrl url{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    std::chrono::milliseconds timeout{10'000};
};
struct HttpOutcome {
    /// Of the answer; 0 where there was none, with the reason.
    unsigned status = 0;
    std::string why{};
};

/// `done` runs once, on the loop, never inside this call. With https the certificate is checked
/// against the authorities of `tls` and the host's name. `tls` outlives the call.
void post(boost::asio::io_context& loop, boost::asio::ssl::context& tls, HttpPost request,
          std::function<void(HttpOutcome)> done);

/// Believes the authorities of the file, or the system's. Errors: throws when it cannot be read.
boost::asio::ssl::context client_tls(const std::optional<std::filesystem::path>& ca_file);

}  // namespace admin
