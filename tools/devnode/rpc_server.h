#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <nlohmann/json.hpp>

namespace devnode {

/// JSON-RPC over HTTP, as full nodes serve it, one request at a time on each connection. Takes any
/// credentials: what it serves is worth nothing.
class RpcServer {
  public:
    using Handler = std::function<void(const nlohmann::json& request,
                                       std::function<void(nlohmann::json)> on_answer)>;

    /// Errors: throws boost::system::system_error when the port cannot be had.
    RpcServer(boost::asio::io_context& loop, const boost::asio::ip::tcp::endpoint& listen,
              Handler handler);

  private:
    void accept();

    boost::asio::ip::tcp::acceptor acceptor_;
    Handler handler_;
};

}  // namespace devnode
