#include "miner/sv2_connection.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "sv2/limits.h"

namespace miner {

base::Result<std::unique_ptr<Connection>, std::string> shake_hands(Socket socket,
                                                                   const PoolAddress& address,
                                                                   int cancel_fd,
                                                                   const base::Clock& clock,
                                                                   base::Random& random) {
    const auto fail = [&](std::string_view why) {
        return base::unexpected(
            fmt::format("handshake with {}:{} failed: {}", address.host, address.port, why));
    };
    noise::Initiator initiator{address.authority, noise::make_ephemeral_key(random)};
    const auto deadline = clock.steady_now() + sv2::limits::handshake_deadline;
    const auto& act1 = initiator.act1();
    // 64 bytes always fit into the buffer of a socket that has sent nothing yet.
    if (::send(socket.fd(), act1.data(), act1.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(act1.size()))
        return fail(system_error(errno));
    noise::Act2 act2{};
    for (std::size_t have = 0; have < act2.size();) {
        if (auto failed = wait_for(socket.fd(), POLLIN, cancel_fd, deadline, clock))
            return fail(*failed);
        const ssize_t got = ::recv(socket.fd(), act2.data() + have, act2.size() - have, 0);
        if (got == 0) return fail("the pool closed the connection");
        if (got < 0 && errno != EAGAIN && errno != EINTR) return fail(system_error(errno));
        if (got > 0) have += static_cast<std::size_t>(got);
    }
    auto established = std::move(initiator).finish(act2, base::to_unix_seconds(clock.unix_now()));
    if (!established) {
        const bool is_wrong_authority =
            established.error() == noise::HandshakeError::wrong_authority;
        return fail(is_wrong_authority ? "the authority key of the URL is not the pool's"
                                       : noise::error_code(established.error()));
    }
    return std::make_unique<Sv2Connection>(std::move(socket), std::move(established->transport));
}

std::optional<std::string> Sv2Connection::seal(base::ByteView frame, base::Bytes& to) {
    const auto sealed = transport_.sealer.seal(frame, to);
    if (!sealed) return fmt::format("sealing failed: {}", noise::error_code(sealed.error()));
    return std::nullopt;
}

std::optional<std::string> Sv2Connection::open(std::span<std::byte> received,
                                               const OnMessage& on_message) {
    while (!received.empty()) {
        const auto opened = transport_.opener.open(received, sv2::limits::payload_from_pool_max);
        if (!opened)
            return fmt::format("the pool's bytes are no frames: {}",
                               noise::error_code(opened.error()));
        received = received.subspan(opened->consumed);
        if (opened->frame.empty()) break;
        on_message(opened->frame);
    }
    return std::nullopt;
}

}  // namespace miner
