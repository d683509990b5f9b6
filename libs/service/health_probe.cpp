#include "service/health_probe.h"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <string_view>

namespace service {
namespace {

using boost::asio::ip::tcp;

constexpr std::string_view request =
    "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
constexpr std::size_t answer_size_max = 16'384;

std::string dialled_host(const std::string& listened) {
    if (listened == "0.0.0.0") return "127.0.0.1";
    if (listened == "::") return "::1";
    return listened;
}

std::string without_line_ends(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    return std::string{text};
}

/// One question and its answer, on a loop of its own.
class Exchange {
  public:
    explicit Exchange(const Endpoint& http) : http_(http) {
        resolver_.async_resolve(
            dialled_host(http.host), std::to_string(http.port),
            [this](auto error, const auto& found) { error ? fail(error) : connect(found); });
    }

    HealthAnswer run(std::chrono::milliseconds wait_max) {
        loop_.run_for(wait_max);
        if (failure_) return {.text = fmt::format("{}: {}", to_string(http_), *failure_)};
        if (!is_done_)
            return {.text = fmt::format("{}: no answer within {} ms", to_string(http_),
                                        wait_max.count())};
        return read_answer();
    }

  private:
    void fail(const boost::system::error_code& error) { failure_ = error.message(); }

    void connect(const tcp::resolver::results_type& found) {
        boost::asio::async_connect(
            socket_, found, [this](auto error, const auto&) { error ? fail(error) : ask(); });
    }

    void ask() {
        boost::asio::async_write(socket_, boost::asio::buffer(request),
                                 [this](auto error, auto) { error ? fail(error) : receive(); });
    }

    void receive() {
        boost::asio::async_read(socket_, boost::asio::dynamic_buffer(answer_, answer_size_max),
                                [this](auto error, auto) {
                                    if (error && error != boost::asio::error::eof)
                                        fail(error);
                                    else
                                        is_done_ = true;
                                });
    }

    HealthAnswer read_answer() const {
        constexpr std::string_view status_begin = "HTTP/1.1 ";
        const auto head_end = answer_.find("\r\n\r\n");
        if (!answer_.starts_with(status_begin) || head_end == std::string::npos)
            return {.text = fmt::format("{}: what answers there is not a service of adit",
                                        to_string(http_))};
        const auto status = std::string_view{answer_}.substr(status_begin.size(), 3);
        return {.is_ready = status == "200",
                .text = without_line_ends(std::string_view{answer_}.substr(head_end + 4))};
    }

    Endpoint http_;
    boost::asio::io_context loop_{1};
    tcp::resolver resolver_{loop_};
    tcp::socket socket_{loop_};
    std::string answer_;
    std::optional<std::string> failure_;
    bool is_done_ = false;
};

}  // namespace

HealthAnswer ask_health(const Endpoint& http, std::chrono::milliseconds wait_max) {
    return Exchange{http}.run(wait_max);
}

}  // namespace service
