#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "template/node_url.h"

namespace templates {

/// Why a node gave no result. What each means for an operator: see node_advice.h.
struct NodeError {
    enum class Kind {
        no_connection,  ///< nobody listens there, or the host has no address
        no_answer,      ///< connected, but silent for too long or gone
        no_rpc,         ///< what answers is no node's JSON-RPC; `code` is HTTP's status, or 0
        busy,           ///< HTTP status 503: the node has too many requests
        unauthorised,   ///< HTTP status 401: the credentials are wrong
        forbidden,      ///< HTTP status 403: it does not serve our address, user or method
        refused,        ///< the node's own error, with its code and words
    };
    Kind kind{};
    int code{};
    std::string message{};
};

/// JSON-RPC over HTTP to one node: one connection, kept alive, one request at a time, in order.
/// Every request is answered within its deadline, counted from when its turn comes.
///
/// Owned and called by the loop; destroying it forgets its callbacks and closes the connection.
class NodeRpc {
  public:
    struct Settings {
        NodeUrl url{};
        std::string credentials{};  ///< "user:password"
        /// Zero: a request waits for ever, as long as TCP proves that the node's machine lives.
        std::chrono::milliseconds timeout{10'000};
        std::size_t answer_size_max = 64U << 20;  ///< a full template in hexadecimal, with room
        std::size_t pending_max = 64;
    };
    /// An answer as it came.
    struct Text {
        unsigned status{};  ///< HTTP's
        std::string body{};
    };
    using OnText = std::function<void(base::Result<Text, NodeError>)>;
    using Callback = std::function<void(base::Result<nlohmann::json, NodeError>)>;

    NodeRpc(boost::asio::io_context& loop, Settings settings);
    ~NodeRpc();
    NodeRpc(const NodeRpc&) = delete;
    NodeRpc& operator=(const NodeRpc&) = delete;

    /// From the next request on.
    void set_credentials(std::string_view credentials);

    /// The callback runs once, later. Errors: see NodeError.
    void call(std::string_view method, nlohmann::json params, Callback done);
    /// The same for who reads the answer elsewhere, with read_answer(): it may have megabytes.
    void call_text(std::string_view method, nlohmann::json params, OnText done);

    /// The node's clock, as its last answer said it (RFC 9110 6.6.1); nothing if it did not.
    std::optional<std::chrono::sys_seconds> date() const { return date_; }

  private:
    struct Connection;
    struct Pending {
        std::string body{};
        OnText done{};
    };

    void next();
    void connect();
    void exchange();
    void on_answer();
    void on_lost(const boost::system::error_code& error);
    void fail(NodeError::Kind kind, std::string why);
    void finish(base::Result<Text, NodeError> result);

    boost::asio::io_context& loop_;
    Settings settings_;
    std::string authorization_;
    boost::asio::ip::tcp::resolver resolver_;
    std::deque<Pending> pending_{};  // the first one is being asked
    bool is_asking_ = false;
    std::shared_ptr<Connection> connection_{};
    bool is_fresh_ = false;  // the connection has answered nothing yet
    std::uint64_t next_id_ = 1;
    std::optional<std::chrono::sys_seconds> date_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

/// What the answer to one request means; pure. `status` is HTTP's.
base::Result<nlohmann::json, NodeError> read_answer(unsigned status, std::string_view body);

/// The moment that an HTTP date names: "Thu, 26 Nov 2026 14:24:31 GMT". Pure.
std::optional<std::chrono::sys_seconds> parse_http_date(const std::string& text);

/// RFC 4648, with padding.
std::string base64(std::string_view text);

}  // namespace templates
