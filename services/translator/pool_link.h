#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "noise/keys.h"
#include "sv2/frame.h"

namespace translator {

/// Where a pool is, and who must have signed the certificate of whoever answers there.
struct PoolAddress {
    std::string host{};
    std::uint16_t port{};
    noise::AuthorityPublicKey authority{};

    /// Where Reconnect sends us: an empty host or port 0 stay as they are, whom we trust stays in
    /// any case (Sv2 3.6.5).
    PoolAddress moved_to(std::string_view new_host, std::uint16_t new_port) const {
        return {.host = new_host.empty() ? host : std::string{new_host},
                .port = new_port == 0 ? port : new_port,
                .authority = authority};
    }
};

/// One encrypted connection to a pool, from the dial on. Ends when it is destroyed.
class PoolLink {
  public:
    /// None is called from within a call of the link's or the dialer's.
    struct Callbacks {
        std::function<void()> on_open{};  ///< the handshake is done
        std::function<void(const sv2::FrameHeader&, base::ByteView payload)> on_frame{};
        /// The last. `reason` is a name for the metric, `why` for people: cause and cure.
        std::function<void(std::string_view reason, std::string why)> on_closed{};
    };
    virtual ~PoolLink() = default;
    /// Plaintext frames, back to back.
    virtual void send(base::ByteView frames) = 0;
    /// Bytes that wait for the pool to read.
    virtual std::size_t unread() const = 0;
    /// Now and then: closes it where the pool is late.
    virtual void check(base::SteadyTime now) = 0;

  protected:
    PoolLink() = default;
    PoolLink(const PoolLink&) = default;
    PoolLink& operator=(const PoolLink&) = default;
};

class PoolDialer {
  public:
    virtual ~PoolDialer() = default;
    virtual std::unique_ptr<PoolLink> dial(const PoolAddress& address,
                                           PoolLink::Callbacks callbacks) = 0;

  protected:
    PoolDialer() = default;
    PoolDialer(const PoolDialer&) = default;
    PoolDialer& operator=(const PoolDialer&) = default;
};

}  // namespace translator
