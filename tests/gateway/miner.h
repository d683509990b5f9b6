#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "noise/handshake.h"
#include "noise/transport.h"
#include "sv2/codec.h"
#include "sv2/frame.h"

namespace gateway {

/// A peer on a real socket that does what a test says, which may be nothing. It never blocks the
/// loop that serves it: what it receives is what has arrived.
class TestMiner {
  public:
    /// Narrow: the kernels keep little of what it does not read, so that the front has the rest.
    enum class Link { usual, narrow };

    explicit TestMiner(std::uint16_t port, const char* address = "127.0.0.1",
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
    TestMiner(const TestMiner&) = delete;
    TestMiner& operator=(const TestMiner&) = delete;
    ~TestMiner() { ::close(socket_); }

    void send_raw(base::ByteView bytes) {
        [[maybe_unused]] const auto sent =
            ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }

    /// Waits until the other side has taken all of it: for a process of its own.
    void send_whole(base::ByteView bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;
            bytes = bytes.subspan(static_cast<std::size_t>(sent));
        }
    }
    /// Reads up to so many bytes and forgets them; nothing can be heard afterwards.
    void discard(std::size_t size) const {
        base::Bytes forgotten(size);
        [[maybe_unused]] const auto got =
            ::recv(socket_, forgotten.data(), forgotten.size(), MSG_DONTWAIT);
    }
    void wait_for_bytes() const {
        pollfd readable{.fd = socket_, .events = POLLIN, .revents = 0};
        ::poll(&readable, 1, -1);
    }

    /// Takes what has arrived; false once the other side has closed.
    bool receive() {
        std::array<std::byte, 65536> buffer{};
        for (;;) {
            const auto size = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (size == 0) return false;
            if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
            base::append(received_, base::ByteView{buffer}.first(static_cast<std::size_t>(size)));
        }
    }

    /// Its kernel takes little for it from now on.
    void hardly_receive() const {
        const int size = 4096;
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    /// As a peer does that hardly reads; the byte is lost to the stream.
    void take_one_byte() {
        std::byte one{};
        static_cast<void>(::recv(socket_, &one, 1, MSG_DONTWAIT));
    }

    void begin_handshake(const noise::AuthorityPublicKey& authority, base::Random& random) {
        initiator_.emplace(noise::TrustedAuthority{authority}, noise::make_ephemeral_key(random));
        send_raw(initiator_->act1());
    }
    /// True when act 2 has come and was good.
    bool finish_handshake(std::uint32_t now) {
        receive();
        if (received_.size() < noise::act2_size) return false;
        auto established =
            std::move(*initiator_).finish(base::ByteView{received_}.first<noise::act2_size>(), now);
        if (!established) return false;
        certificate_ = established->certificate;
        static_key_ = established->static_key;
        std::copy_n(received_.begin(), ephemeral_.size(), ephemeral_.begin());
        received_.erase(received_.begin(), received_.begin() + noise::act2_size);
        transport_.emplace(std::move(established->transport));
        return true;
    }

    /// What the gateway showed in act 2.
    const noise::Certificate& certificate() const { return certificate_; }
    const noise::XOnlyPublicKey& static_key() const { return static_key_; }

    /// What the other side made for this handshake: the beginning of act 2.
    const std::array<std::byte, 64>& ephemeral() const { return ephemeral_; }
    /// What has arrived and was not taken yet, as it came.
    base::ByteView received() const { return received_; }

    /// Seals a frame, which need not be a good one.
    base::Bytes sealed_frame(base::ByteView frame) {
        base::Bytes out;
        static_cast<void>(transport_->sealer.seal(frame, out).value());
        return out;
    }
    template <class Message>
    base::Bytes sealed(const Message& message) {
        return sealed_frame(sv2::encode(message));
    }
    template <class Message>
    void say(const Message& message) {
        send_raw(sealed(message));
    }

    /// The types of the messages that have arrived since the last call.
    std::vector<std::uint8_t> heard() {
        std::vector<std::uint8_t> types;
        for (const auto& frame : frames())
            types.push_back(
                sv2::decode_header(base::ByteView{frame}.first<sv2::frame_header_size>())
                    .message_type);
        return types;
    }
    /// The same, whole.
    std::vector<base::Bytes> frames() {
        receive();
        std::vector<base::Bytes> found;
        std::span<std::byte> unread{received_};
        while (!unread.empty()) {
            const auto opened = transport_->opener.open(unread, 1 << 20).value();
            unread = unread.subspan(opened.consumed);
            if (opened.frame.empty()) break;
            found.push_back(base::to_bytes(opened.frame));
        }
        received_.clear();
        return found;
    }

  private:
    int socket_ = -1;
    base::Bytes received_{};
    std::array<std::byte, 64> ephemeral_{};
    std::optional<noise::Initiator> initiator_{};
    std::optional<noise::Transport> transport_{};
    noise::Certificate certificate_{};
    noise::XOnlyPublicKey static_key_{};
};

}  // namespace gateway
