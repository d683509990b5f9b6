#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "service/endpoint.h"
#include "service/health.h"
#include "service/loop.h"
#include "service/metrics.h"

namespace service {

struct HttpAnswer {
    unsigned status = 200;
    std::string body{};
    std::string content_type = "text/plain; charset=utf-8";
};

/// A small HTTP/1.1 server for operators' machines on the process's own loop: GET and HEAD only, a
/// request of at most 8 KiB, at most 64 connections, each closed after `idle_max` without a whole
/// request. Not for strangers: it listens on a port that miners do not reach.
class HttpServer {
  public:
    using Handler = std::function<HttpAnswer()>;
    /// Is given what stands behind the question mark, as it came.
    using QueryHandler = std::function<HttpAnswer(std::string_view query)>;
    static constexpr std::size_t connections_max = 64;
    static constexpr std::chrono::seconds default_idle_max{30};

    /// Listens at once; `key` names the configuration key in errors.
    /// Errors: throws std::runtime_error, see listen_failure().
    HttpServer(Loop& loop, const Endpoint& listen, std::string_view key,
               std::chrono::milliseconds idle_max = default_idle_max);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Answers `path`; the handler runs on the loop and must not wait.
    void on_get(std::string_view path, Handler handler);
    void on_query(std::string_view path, QueryHandler handler);

    /// The port that the kernel gave where the configuration says 0.
    std::uint16_t port() const;

  private:
    class State;
    std::shared_ptr<State> state_;
};

/// The value of a parameter of a query such as `miner=a%2Eb&page=2`, decoded. Nothing when there is
/// none of this name; what is no encoding stands for itself.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

/// `/metrics` for Prometheus, `/healthz` (the loop turns, or nobody would answer) and `/readyz`
/// (200, or 503 with the reason).
void serve_metrics_and_health(HttpServer& server, Registry& metrics, const Health& health);

}  // namespace service
