#include "miner/connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "miner/sv1_client.h"
#include "miner/sv1_connection.h"
#include "miner/sv2_connection.h"

namespace miner {
namespace {

constexpr std::size_t read_size = 64 * 1024;

}  // namespace

base::Result<std::unique_ptr<Connection>, std::string> open_connection(const PoolAddress& address,
                                                                       int cancel_fd,
                                                                       const base::Clock& clock,
                                                                       base::Random& random) {
    auto socket = dial(address.host, address.port, cancel_fd, clock);
    if (!socket) return base::unexpected(std::move(socket.error()));
    switch (address.protocol) {
        case PoolProtocol::sv2:
            return shake_hands(std::move(*socket), address, cancel_fd, clock, random);
        case PoolProtocol::sv1:
            return std::make_unique<Sv1Connection>(std::move(*socket), pool_line_size_max);
        case PoolProtocol::sv1_tls:
            return shake_hands_tls(std::move(*socket), address, cancel_fd, clock);
    }
    return base::unexpected(std::string{"no protocol"});
}

Connection::Connection(Socket socket) : socket_(std::move(socket)), buffer_(read_size) {}

std::optional<std::string> Connection::send(base::ByteView message) {
    if (!wants_to_write()) {
        unsent_.clear();
        sent_ = 0;
    }
    return seal(message, unsent_);
}

std::optional<std::string> Connection::flush() {
    while (wants_to_write()) {
        const ssize_t wrote = ::send(fd(), unsent_.data() + sent_, unsent(), MSG_NOSIGNAL);
        if (wrote >= 0) {
            sent_ += static_cast<std::size_t>(wrote);
            continue;
        }
        if (errno == EAGAIN) break;
        if (errno != EINTR) return system_error(errno);
    }
    return std::nullopt;
}

std::optional<std::string> Connection::receive(const OnMessage& on_message) {
    const ssize_t got = ::recv(fd(), buffer_.data(), buffer_.size(), 0);
    if (got == 0) return "the pool closed the connection";
    if (got < 0) {
        if (errno == EAGAIN || errno == EINTR) return std::nullopt;
        return system_error(errno);
    }
    return open(std::span{buffer_}.first(static_cast<std::size_t>(got)), on_message);
}

}  // namespace miner
