#include "miner/dial.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

namespace miner {
namespace {

constexpr auto connect_deadline = std::chrono::seconds{10};

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

Socket::~Socket() {
    if (fd_ >= 0) ::close(fd_);
}

std::string system_error(int number) {
    return std::strerror(number);  // NOLINT(concurrency-mt-unsafe): the main thread's alone
}

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

base::Result<Socket, std::string> dial(const std::string& host, std::uint16_t port, int cancel_fd,
                                       const base::Clock& clock) {
    const addrinfo hints{.ai_flags = AI_ADDRCONFIG,
                         .ai_family = AF_UNSPEC,
                         .ai_socktype = SOCK_STREAM,
                         .ai_protocol = IPPROTO_TCP,
                         .ai_addrlen = 0,
                         .ai_addr = nullptr,
                         .ai_canonname = nullptr,
                         .ai_next = nullptr};
    addrinfo* found = nullptr;
    const int looked_up = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (looked_up != 0)
        return base::unexpected(fmt::format("cannot find {}: {}", host, ::gai_strerror(looked_up)));
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
        return socket;
    }
    return base::unexpected(fmt::format("cannot connect to {}:{}: {}", host, port, last_failure));
}

}  // namespace miner
