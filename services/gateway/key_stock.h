#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/random.h"
#include "noise/ephemeral_stash.h"

namespace gateway {

/// The ephemeral keys of the handshakes to come, made one at a time between other handlers, and not
/// while miners shake hands: they come first. What a farm that reconnects finds here is work that
/// it does not wait for; who comes after it is served as before. Owned by the front, on its loop.
class KeyStock {
  public:
    KeyStock(boost::asio::io_context& loop, base::Random& random, std::size_t size_max)
        : loop_(loop), pause_(loop), stash_(random, size_max) {}

    /// Begins to fill it; take() goes on with that.
    void start();
    /// The loop is to end.
    void stop();

    noise::EphemeralKey take();
    std::size_t size() const { return stash_.size(); }

  private:
    void fill_soon();
    void fill();

    boost::asio::io_context& loop_;
    boost::asio::steady_timer pause_;
    noise::EphemeralStash stash_;
    bool is_filling_{};
    bool was_taken_{};
    bool is_stopped_{true};
};

}  // namespace gateway
