#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

namespace admin {

/// Files in PEM.
struct WebTls {
    std::filesystem::path certificate_file{};
    std::filesystem::path key_file{};
    /// Where given, only browsers with a certificate of this authority are let in.
    std::optional<std::filesystem::path> client_ca_file{};
    /// As gRPC reads those of the API.
    std::chrono::milliseconds check_interval{10'000};
};

/// What browsers are shown, and its renewal: the files are read again every check_interval, and
/// what is new in them serves the connections from then on. Files that are not in order are refused
/// with a line in the log, and what was there goes on. Owned by a web server, on its loop; files
/// are read by a thread that owns nothing and posts what it has read.
class WebTlsWatch {
  public:
    /// `key` is the table of the configuration, such as "console".
    /// Errors: throws std::runtime_error naming the key of the file that is wrong.
    WebTlsWatch(boost::asio::io_context& loop, WebTls files, std::string key);
    ~WebTlsWatch();
    WebTlsWatch(const WebTlsWatch&) = delete;
    WebTlsWatch& operator=(const WebTlsWatch&) = delete;

    /// For each new connection, which keeps what it needs of it.
    boost::asio::ssl::context& context() { return *in_use_.context; }
    void stop();

  private:
    struct Loaded {
        std::string text{};  // of all files: tells whether they are others
        std::shared_ptr<boost::asio::ssl::context> context{};
    };
    using Found = base::Result<Loaded, std::string>;

    static Loaded load(const WebTls& files, const std::string& key);
    static Found find(const WebTls& files, const std::string& key);
    void wait();
    void on_found(Found found);

    boost::asio::io_context& loop_;
    WebTls files_;
    std::string key_;
    Loaded in_use_;
    std::string complaint_{};  // said last; empty while the files are in order
    boost::asio::steady_timer timer_;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
    boost::asio::thread_pool disk_{1};
};

}  // namespace admin
