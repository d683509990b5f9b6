#include "miner/sv1_connection.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "miner/sv1_client.h"

namespace miner {
namespace {

constexpr auto handshake_deadline = std::chrono::seconds{10};

}  // namespace

base::Result<std::unique_ptr<Connection>, std::string> shake_hands_tls(Socket socket,
                                                                       const PoolAddress& address,
                                                                       int cancel_fd,
                                                                       const base::Clock& clock) {
    const auto fail = [&](std::string_view why) {
        return base::unexpected(
            fmt::format("TLS with {}:{} failed: {}", address.host, address.port, why));
    };
    auto tls = TlsClient::make(address.host, address.tls_authorities_file);
    if (!tls) return fail(tls.error());
    const auto deadline = clock.steady_now() + handshake_deadline;
    std::array<std::byte, 16 * 1024> received;
    while (true) {
        const auto is_done = tls->shake_hands();
        base::Bytes output;
        tls->move_output(output);  // an alert too
        // A few KiB always fit into the buffer of a socket that has sent next to nothing.
        if (!output.empty() && ::send(socket.fd(), output.data(), output.size(), MSG_NOSIGNAL) !=
                                   static_cast<ssize_t>(output.size()))
            return fail(system_error(errno));
        if (!is_done) return fail(is_done.error());
        if (*is_done)
            return std::make_unique<Sv1Connection>(std::move(socket), pool_line_size_max,
                                                   std::move(*tls));
        if (auto failed = wait_for(socket.fd(), POLLIN, cancel_fd, deadline, clock))
            return fail(*failed);
        const ssize_t got = ::recv(socket.fd(), received.data(), received.size(), 0);
        if (got == 0) return fail("the pool closed the connection");
        if (got < 0 && errno != EAGAIN && errno != EINTR) return fail(system_error(errno));
        if (got > 0) tls->take(base::ByteView{received}.first(static_cast<std::size_t>(got)));
    }
}

std::optional<std::string> Sv1Connection::seal(base::ByteView line, base::Bytes& to) {
    if (!tls_) {
        base::append(to, line);
        return std::nullopt;
    }
    auto failed = tls_->seal(line);
    tls_->move_output(to);
    return failed;
}

std::optional<std::string> Sv1Connection::open(std::span<std::byte> received,
                                               const OnMessage& on_message) {
    if (!tls_) return take_lines(received, on_message);
    tls_->take(received);
    base::Bytes text;
    auto over = tls_->open(text);
    if (auto failed = take_lines(text, on_message)) return failed;
    return over;
}

std::optional<std::string> Sv1Connection::take_lines(base::ByteView text,
                                                     const OnMessage& on_message) {
    while (true) {
        const auto line = lines_.take_line(text);
        if (!line)
            return fmt::format("the pool sent a line of more than {} bytes",
                               line.error().line_size_max);
        if (!*line) return std::nullopt;
        on_message(base::as_bytes(**line));
    }
}

}  // namespace miner
