#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "admin/web_message.h"
#include "admin/web_tls.h"
#include "service/endpoint.h"
#include "service/loop.h"

namespace admin {

/// What strangers may take of a web server.
struct WebLimits {
    std::size_t connections_max = 256;
    std::size_t connections_per_peer_max = 64;
    /// Request line and headers; a page names up to a hundred rows in its subscription.
    std::size_t request_size_max = 16 * 1024;
    /// For a whole request, and for a whole answer to be taken.
    std::chrono::milliseconds idle_max{30'000};
    /// Of events that a browser does not read; then its stream is closed.
    std::size_t unread_events_max = 128 * 1024;
};

/// An HTTP/1.1 server for browsers on the process's own loop, with TLS where asked for: GET and
/// HEAD without a body only, every answer with protective_headers(). service::HttpServer is for
/// machines.
class WebServer {
  public:
    /// Listens at once; `key` names the configuration key in errors.
    /// Errors: throws std::runtime_error where the port cannot be had or TLS files are wrong.
    WebServer(service::Loop& loop, const service::Endpoint& listen, std::string_view key,
              const std::optional<WebTls>& tls, const WebLimits& limits, WebHandler handler);
    /// As close().
    ~WebServer();
    WebServer(const WebServer&) = delete;
    WebServer& operator=(const WebServer&) = delete;

    /// Takes no more connections and ends those that are here; calls no handler any more.
    void close();

    /// The port that the kernel gave where the configuration says 0.
    std::uint16_t port() const;
    std::size_t connections() const;

  private:
    class State;
    std::shared_ptr<State> state_;
};

}  // namespace admin
