#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "redis/address.h"
#include "redis/client.h"

namespace redis {

/// One connection to one Redis, from dialling to its loss. Owned by a client, on its loop.
///
/// Replies come in the order of the commands. After `on_lost` nothing more comes. Destroying a
/// link closes it without a word, and is allowed in its own callbacks.
class Link {
  public:
    struct Events {
        std::function<void()> on_connected{};
        /// An error reply arrives here too, as Reply::ErrorText.
        std::function<void(Reply)> on_reply{};
        /// With a reason for the log. Whatever was unanswered stays so.
        std::function<void(std::string)> on_lost{};
    };

    /// `address.host` must be a numeric address: names are resolved before.
    Link(boost::asio::io_context& io, const Address& address, Events events);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    void send(const Args& args);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace redis
