#include "miner/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "sv2/limits.h"

namespace miner {
namespace {

constexpr auto connect_deadline = std::chrono::seconds{10};
constexpr std::size_t read_size = 64 * 1024;

std::string system_error(int number) {
    return std::strerror(number);  // NOLINT(concurrency-mt-unsafe): the main thread's alone
}

class Socket {
  public:
    explicit Socket(int fd) : fd_(fd) {}
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    int fd() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }

  private:
    int fd_;
};

// Waits until the socket is ready for `events`. Nothing if it is, else why not.
std::optional<std::string> wait_for(int fd, short events, int cancel_fd, base::SteadyTime deadline,
                                    const base::Clock& clock) {
    while (true) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.steady_now());
        if (left.count() <= 0) return "timed out";
        pollfd polled[] = {{.fd = fd, .events = events, .revents = 0},
                           {.fd = cancel_fd, .events = POLLIN, .revents = 0}};
        const int ready = ::poll(polled, 2, static_cast<int>(left.count()));
        if (ready < 0 && errno != EINTR) return system_error(errno);
        if (ready <= 0) continue;
        if (polled[1].revents != 0) return "interrupted";
        if (polled[0].revents != 0) return std::nullopt;
    }
}

std::optional<std::string> connect_socket(int fd, const addrinfo& address, int cancel_fd,
                                          const base::Clock& clock) {
    if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return std::nullopt;
    if (errno != EINPROGRESS) return system_error(errno);
    if (auto failed =
            wait_for(fd, POLLOUT, cancel_fd, clock.steady_now() + connect_deadline, clock))
        return failed;
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error != 0) return system_error(error);
    return std::nullopt;
}

void set_option(int fd, int level, int option, int value) {
    // None of them is needed for correctness.
    static_cast<void>(::setsockopt(fd, level, option, &value, sizeof value));
}

}  // namespace

Connection::Connection(int fd, noise::Transport transport)
    : fd_(fd), transport_(std::move(transport)), buffer_(read_size) {}

Connection::Connection(Connection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      transport_(std::move(other.transport_)),
      buffer_(std::move(other.buffer_)),
      unsent_(std::move(other.unsent_)),
      sent_(other.sent_) {}

Connection::~Connection() {
    if (fd_ >= 0) ::close(fd_);
}

base::Result<Connection, std::string> Connection::open(const Address& address, int cancel_fd,
                                                       const base::Clock& clock,
                                                       base::Random& random) {
    const std::string where = fmt::format("{}:{}", address.host, address.port);
    const addrinfo hints{.ai_flags = AI_ADDRCONFIG,
                         .ai_family = AF_UNSPEC,
                         .ai_socktype = SOCK_STREAM,
                         .ai_protocol = IPPROTO_TCP,
                         .ai_addrlen = 0,
                         .ai_addr = nullptr,
                         .ai_canonname = nullptr,
                         .ai_next = nullptr};
    addrinfo* found = nullptr;
    const int looked_up =
        ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
    if (looked_up != 0)
        return base::unexpected(
            fmt::format("cannot find {}: {}", address.host, ::gai_strerror(looked_up)));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses{found, ::freeaddrinfo};

    std::string last_failure = "no address";
    for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
        Socket socket{::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        if (socket.fd() < 0) {
            last_failure = system_error(errno);
            continue;
        }
        if (auto failed = connect_socket(socket.fd(), *one, cancel_fd, clock)) {
            last_failure = *failed;
            continue;
        }
        set_option(socket.fd(), IPPROTO_TCP, TCP_NODELAY, 1);
        set_option(socket.fd(), SOL_SOCKET, SO_KEEPALIVE, 1);
        set_option(socket.fd(), IPPROTO_TCP, TCP_KEEPIDLE, 30);
        set_option(socket.fd(), IPPROTO_TCP, TCP_KEEPINTVL, 10);

        const auto fail = [&](std::string_view why) {
            return base::unexpected(fmt::format("handshake with {} failed: {}", where, why));
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
        auto established =
            std::move(initiator).finish(act2, base::to_unix_seconds(clock.unix_now()));
        if (!established) {
            const bool is_wrong_authority =
                established.error() == noise::HandshakeError::wrong_authority;
            return fail(is_wrong_authority ? "the authority key of the URL is not the pool's"
                                           : noise::error_code(established.error()));
        }
        return Connection{socket.release(), std::move(established->transport)};
    }
    return base::unexpected(fmt::format("cannot connect to {}: {}", where, last_failure));
}

std::optional<std::string> Connection::send(base::ByteView frame) {
    if (sent_ == unsent_.size()) {
        unsent_.clear();
        sent_ = 0;
    }
    const auto sealed = transport_.sealer.seal(frame, unsent_);
    if (!sealed) return fmt::format("sealing failed: {}", noise::error_code(sealed.error()));
    return std::nullopt;
}

std::optional<std::string> Connection::flush() {
    while (wants_to_write()) {
        const ssize_t wrote =
            ::send(fd_, unsent_.data() + sent_, unsent_.size() - sent_, MSG_NOSIGNAL);
        if (wrote >= 0) {
            sent_ += static_cast<std::size_t>(wrote);
            continue;
        }
        if (errno == EAGAIN) break;
        if (errno != EINTR) return system_error(errno);
    }
    return std::nullopt;
}

std::optional<std::string> Connection::read_some(std::span<std::byte>& received) {
    const ssize_t got = ::recv(fd_, buffer_.data(), buffer_.size(), 0);
    if (got == 0) return "the pool closed the connection";
    if (got < 0) {
        if (errno == EAGAIN || errno == EINTR) return std::nullopt;
        return system_error(errno);
    }
    received = std::span{buffer_}.first(static_cast<std::size_t>(got));
    return std::nullopt;
}

base::Result<noise::FrameOpener::Opened, std::string> Connection::open_next(
    std::span<std::byte> received) {
    const auto opened = transport_.opener.open(received, sv2::limits::payload_from_pool_max);
    if (!opened)
        return base::unexpected(
            fmt::format("the pool's bytes are no frames: {}", noise::error_code(opened.error())));
    return *opened;
}

}  // namespace miner
