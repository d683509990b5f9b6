#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

namespace translator {

/// A peer on a real socket that says what a test wants, and never blocks the loop that serves it.
class LinePeer {
  public:
    /// Narrow: the kernels keep little of what it does not read, so that the front has the rest.
    enum class Link { usual, narrow };

    explicit LinePeer(std::uint16_t port, const char* address = "127.0.0.1",
                      Link link = Link::usual) {
        socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
        if (link == Link::narrow) {
            const int receive_buffer = 4096;
            const int segment = 536;
            ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
            ::setsockopt(socket_, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
        }
        sockaddr_in local{};
        local.sin_family = AF_INET;
        local.sin_addr.s_addr = ::inet_addr(address);
        ::bind(socket_, reinterpret_cast<const sockaddr*>(&local), sizeof local);
        sockaddr_in remote = local;
        remote.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        remote.sin_port = htons(port);
        // The kernel completes this by itself; the front accepts when its loop turns.
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&remote), sizeof remote);
    }
    LinePeer(const LinePeer&) = delete;
    LinePeer& operator=(const LinePeer&) = delete;
    ~LinePeer() { ::close(socket_); }

    /// As much of it as the kernel takes.
    void say(std::string_view text) const {
        [[maybe_unused]] const auto sent =
            ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    void subscribe_and_authorize(std::string_view user = "a.b") const {
        say(R"({"id":1,"method":"mining.subscribe","params":["test/1"]})"
            "\n"
            R"({"id":2,"method":"mining.authorize","params":[")" +
            std::string{user} + "\",\"x\"]}\n");
    }

    /// All that it has received so far.
    const std::string& heard() {
        receive();
        return heard_;
    }
    bool has_heard(std::string_view text) { return heard().find(text) != std::string::npos; }
    void forget() { heard_.clear(); }
    /// The other side has closed.
    bool is_over() {
        receive();
        return is_over_;
    }

  private:
    void receive() {
        std::array<char, 65536> buffer{};
        while (!is_over_) {
            const auto size = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (size > 0) {
                heard_.append(buffer.data(), static_cast<std::size_t>(size));
                continue;
            }
            is_over_ = size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
            return;
        }
    }

    int socket_ = -1;
    std::string heard_{};
    bool is_over_ = false;
};

}  // namespace translator
