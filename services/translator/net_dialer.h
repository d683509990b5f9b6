#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>

#include "base/random.h"
#include "translator/pool_link.h"

namespace translator {

/// Dials by name or address over TCP and Noise, on the loop.
class NetDialer final : public PoolDialer {
  public:
    /// `timeout` is for each of it: the name, a connection to any of its addresses, the handshake.
    /// A pool that is gone without a word while we have something to say is found in 20 s.
    NetDialer(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
              std::chrono::milliseconds timeout)
        : loop_(loop), clock_(clock), random_(random), timeout_(timeout) {}

    std::unique_ptr<PoolLink> dial(const PoolAddress& address,
                                   PoolLink::Callbacks callbacks) override;

  private:
    boost::asio::io_context& loop_;
    const base::Clock& clock_;
    base::Random& random_;
    std::chrono::milliseconds timeout_;
};

/// What a closed connection means to an operator; `is_handshake` when it had not come further.
std::string closed_text(std::string_view reason, bool is_handshake);

}  // namespace translator
