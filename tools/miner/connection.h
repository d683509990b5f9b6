#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "noise/handshake.h"

namespace miner {

/// One encrypted connection to a pool, on a non-blocking socket. Owned and used by one thread.
class Connection {
  public:
    struct Address {
        std::string host{};
        std::uint16_t port{};
        noise::AuthorityPublicKey authority{};

        /// Where Reconnect sends us (Sv2 3.6.5): an empty host or port 0 stay as they are. Whom we
        /// trust stays in any case, whoever answers there.
        Address moved_to(std::string_view new_host, std::uint16_t new_port) const {
            return {.host = new_host.empty() ? host : std::string{new_host},
                    .port = new_port == 0 ? port : new_port,
                    .authority = authority};
        }
    };
    /// Looks up, connects and shakes hands; blocks, at most to the deadline for each. `cancel_fd`
    /// becoming readable gives up early. Errors: the reason, for people.
    static base::Result<Connection, std::string> open(const Address& address, int cancel_fd,
                                                      const base::Clock& clock,
                                                      base::Random& random);
    ~Connection();
    Connection(Connection&& other) noexcept;
    Connection& operator=(Connection&&) = delete;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int fd() const { return fd_; }
    bool wants_to_write() const { return sent_ < unsent_.size(); }
    std::size_t unsent() const { return unsent_.size() - sent_; }

    /// Seals a frame and queues it; flush() sends. Each returns why the connection is lost, if so.
    std::optional<std::string> send(base::ByteView frame);
    std::optional<std::string> flush();

    /// Reads what there is and calls `on_frame` with each whole plaintext frame.
    template <class OnFrame>
    std::optional<std::string> receive(OnFrame&& on_frame) {
        std::span<std::byte> rest;
        if (auto lost = read_some(rest)) return lost;
        while (!rest.empty()) {
            const auto opened = open_next(rest);
            if (!opened) return opened.error();
            rest = rest.subspan(opened->consumed);
            if (opened->frame.empty()) break;
            on_frame(opened->frame);
        }
        return std::nullopt;
    }

  private:
    Connection(int fd, noise::Transport transport);
    std::optional<std::string> read_some(std::span<std::byte>& received);
    base::Result<noise::FrameOpener::Opened, std::string> open_next(std::span<std::byte> received);

    int fd_;
    noise::Transport transport_;
    base::Bytes buffer_;
    base::Bytes unsent_{};
    std::size_t sent_ = 0;
};

}  // namespace miner
