#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "template/node_url.h"

namespace templates {

/// Why a node gave no result.
struct NodeError {
    enum class Kind {
        unreachable,   ///< no answer, or none that makes sense: ask again
        unauthorised,  ///< the credentials are wrong: asking again is useless
        refused,       ///< the node's own error, with its code and words
    };
    Kind kind{};
    int code{};
    std::string message{};
};

/// JSON-RPC over HTTP to one node: one connection, kept alive, one request at a time, in order.
/// Every request is answered within its deadline, counted from when its turn comes.
///
/// Owned and called by the loop; destroying it forgets its callbacks.
class NodeRpc {
  public:
    struct Settings {
        NodeUrl url{};
        std::string credentials{};  ///< "user:password"
        std::chrono::milliseconds timeout{10'000};
        std::size_t answer_size_max = 64U << 20;  ///< a full template in hexadecimal, with room
        std::size_t pending_max = 64;
    };
    using Callback = std::function<void(base::Result<nlohmann::json, NodeError>)>;

    NodeRpc(boost::asio::io_context& loop, Settings settings);
    ~NodeRpc();
    NodeRpc(const NodeRpc&) = delete;
    NodeRpc& operator=(const NodeRpc&) = delete;

    /// The callback runs once, later. Errors: see NodeError.
    void call(std::string_view method, nlohmann::json params, Callback done);

  private:
    struct Connection;
    struct Pending {
        std::string body{};
        Callback done{};
    };

    void next();
    void connect();
    void exchange();
    void on_answer(unsigned status, const std::string& body, bool keep_alive);
    void fail(const std::string& why);
    void finish(base::Result<nlohmann::json, NodeError> result);

    boost::asio::io_context& loop_;
    Settings settings_;
    std::string authorization_;
    boost::asio::ip::tcp::resolver resolver_;
    std::deque<Pending> pending_{};  // the first one is being asked
    bool is_asking_ = false;
    std::shared_ptr<Connection> connection_{};
    bool is_fresh_ = false;  // the connection has answered nothing yet
    std::uint64_t next_id_ = 1;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

/// What the answer to one request means; pure. `status` is HTTP's.
base::Result<nlohmann::json, NodeError> read_answer(unsigned status, std::string_view body);

/// RFC 4648, with padding.
std::string base64(std::string_view text);

}  // namespace templates
