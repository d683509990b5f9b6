#include "hostile/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "sv2/common_messages.h"

namespace hostile {

Peer::Peer(const Target& target, const std::string& from) : authority_(target.authority) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_addr.s_addr = ::inet_addr(from.c_str());
    sockaddr_in remote = local;
    remote.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    remote.sin_port = htons(target.port);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0 ||
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&remote), sizeof remote) != 0)
        close();
}

Peer::Peer(Peer&& other) noexcept {
    *this = std::move(other);
}

Peer& Peer::operator=(Peer&& other) noexcept {
    std::swap(socket_, other.socket_);
    authority_ = other.authority_;
    std::swap(received_, other.received_);
    std::swap(used_, other.used_);
    std::swap(transport_, other.transport_);
    return *this;
}

Peer::~Peer() {
    close();
}

void Peer::close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
}

bool Peer::set_up(base::Random& random, std::uint32_t flags) {
    if (!is_open()) return false;
    noise::Initiator initiator{authority_, noise::make_ephemeral_key(random)};
    if (!send(initiator.act1())) return false;
    while (received_.size() < noise::act2_size)
        if (!receive(noise::act2_size - received_.size(), true)) return false;
    const auto now = base::to_unix_seconds(base::SystemClock{}.unix_now());
    auto established =
        std::move(initiator).finish(base::ByteView{received_}.first<noise::act2_size>(), now);
    if (!established) return false;
    received_.clear();
    transport_.emplace(std::move(established->transport));
    if (!say(sv2::SetupConnection{.protocol = sv2::Protocol::mining,
                                  .min_version = 2,
                                  .max_version = 2,
                                  .flags = flags,
                                  .vendor = "hostile"}))
        return false;
    for (;;) {
        if (const auto frame = next_frame())
            return frame->header.message_type == sv2::SetupConnectionSuccess::info.message_type;
        if (!receive(4096, true)) return false;
    }
}

bool Peer::send(base::ByteView bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            close();
            return false;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
}

bool Peer::receive(std::size_t size_max, bool waits) {
    std::array<std::byte, 65536> buffer{};
    const auto size =
        ::recv(socket_, buffer.data(), std::min(size_max, buffer.size()), waits ? 0 : MSG_DONTWAIT);
    if (size > 0) {
        received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(used_));
        used_ = 0;
        base::append(received_, base::ByteView{buffer}.first(static_cast<std::size_t>(size)));
        return true;
    }
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
    close();
    return false;
}

std::optional<sv2::Frame> Peer::next_frame() {
    std::span<std::byte> unread = std::span{received_}.subspan(used_);
    if (unread.empty()) return std::nullopt;
    const auto opened = transport_->opener.open(unread, sv2::payload_size_max);
    if (!opened) {
        close();
        return std::nullopt;
    }
    used_ += opened->consumed;
    if (opened->frame.empty()) return std::nullopt;
    return sv2::Frame{sv2::decode_header(opened->frame.first<sv2::frame_header_size>()),
                      opened->frame.subspan(sv2::frame_header_size)};
}

void Peer::receive_little() const {
    const int size = 4096;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

}  // namespace hostile
