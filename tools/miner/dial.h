#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace miner {

/// A socket's descriptor, with one owner.
class Socket {
  public:
    explicit Socket(int fd) : fd_(fd) {}
    ~Socket();
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket& operator=(Socket&&) = delete;
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    int fd() const { return fd_; }

  private:
    int fd_;
};

/// What an errno means. Of the main thread's alone.
std::string system_error(int number);

/// Waits until the socket is ready for the events of poll(). Nothing if it is, else why not:
/// `cancel_fd` becoming readable gives up early.
std::optional<std::string> wait_for(int fd, short events, int cancel_fd, base::SteadyTime deadline,
                                    const base::Clock& clock);

/// Looks up and connects; blocks, at most to a deadline for each address. The socket is
/// non-blocking and sends at once. Errors: the reason, for people.
base::Result<Socket, std::string> dial(const std::string& host, std::uint16_t port, int cancel_fd,
                                       const base::Clock& clock);

}  // namespace miner
