#include "edge/link.h"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "edge/seal_frames.h"
#include "edge/sockets.h"

namespace edge {
namespace {

using boost::system::error_code;

}  // namespace

Link::Link(boost::asio::ip::tcp::socket socket, const base::Clock& clock, Limits limits,
           Callbacks callbacks)
    : socket_(std::move(socket)), clock_(clock), limits_(limits), callbacks_(std::move(callbacks)) {
    set_options(socket_);
}

void Link::accept(const noise::GatewayIdentity& identity, noise::EphemeralKey ephemeral) {
    handshake_size_ = noise::act1_size;
    // Shared, since std::function wants to be copied and the key does not.
    auto key = std::make_shared<noise::EphemeralKey>(std::move(ephemeral));
    finish_ = [this, &identity,
               key](base::ByteView act1) -> base::Result<noise::Transport, noise::HandshakeError> {
        auto accepted =
            noise::Responder{identity, std::move(*key)}.accept(act1.first<noise::act1_size>());
        if (!accepted) return base::unexpected(accepted.error());
        base::append(out_.tail(), accepted->act2);
        return std::move(accepted->transport);
    };
    wait_readable();
}

void Link::dial(noise::TrustedAuthority trusted, noise::EphemeralKey ephemeral) {
    handshake_size_ = noise::act2_size;
    auto initiator = std::make_shared<noise::Initiator>(trusted, std::move(ephemeral));
    base::append(out_.tail(), initiator->act1());
    finish_ = [this, initiator](
                  base::ByteView act2) -> base::Result<noise::Transport, noise::HandshakeError> {
        auto established =
            std::move(*initiator)
                .finish(act2.first<noise::act2_size>(), base::to_unix_seconds(clock_.unix_now()));
        if (!established) return base::unexpected(established.error());
        return std::move(established->transport);
    };
    flush();
    wait_readable();
}

void Link::set_reading(bool reads) {
    const bool did_read = std::exchange(reads_, reads);
    if (did_read || !reads_ || !is_open_) return;
    if (frame_since_) frame_since_ = clock_.steady_now();  // it is not late by our pause
    const auto self = shared_from_this();
    on_sealed_bytes(std::exchange(rest_, {}));
    if (is_open_ && reads_) wait_readable();
}

void Link::wait_readable() {
    if (!is_open_ || std::exchange(waits_readable_, true)) return;
    socket_.async_wait(boost::asio::socket_base::wait_read,
                       [self = shared_from_this()](const error_code& error) {
                           self->waits_readable_ = false;
                           if (!self->is_open_) return;
                           if (error) return self->close("read-error");
                           if (self->reads_) self->read();
                       });
}

void Link::read() {
    std::span<std::byte> buffer{buffer_};
    // What follows the handshake is for the next read.
    if (!transport_) buffer = buffer.first(handshake_size_ - handshake_bytes_.size());
    error_code error;
    const auto size = socket_.read_some(boost::asio::buffer(buffer.data(), buffer.size()), error);
    if (error == boost::asio::error::would_block) return wait_readable();
    if (error) return close(error == boost::asio::error::eof ? "by-peer" : "read-error");
    if (transport_)
        on_sealed_bytes(buffer.first(size));
    else
        on_handshake_bytes(buffer.first(size));
    if (is_open_ && reads_) wait_readable();
}

void Link::on_handshake_bytes(base::ByteView bytes) {
    base::append(handshake_bytes_, bytes);
    if (is_plain_text(handshake_bytes_)) return close("plain-text");
    if (handshake_bytes_.size() == handshake_size_) finish_handshake();
}

void Link::finish_handshake() {
    const auto finish = std::exchange(finish_, nullptr);
    auto transport = finish(handshake_bytes_);
    if (!transport) return close(noise::error_code(transport.error()));
    handshake_bytes_ = {};
    transport_.emplace(std::move(*transport));
    flush();
    if (is_open_) callbacks_.on_open();
}

void Link::on_sealed_bytes(std::span<std::byte> bytes) {
    while (!bytes.empty() && is_open_ && reads_) {
        const auto opened = transport_->opener.open(bytes, limits_.payload_max);
        if (!opened) return close(noise::error_code(opened.error()));
        bytes = bytes.subspan(opened->consumed);
        if (opened->frame.empty()) break;  // and all is consumed
        frame_since_.reset();
        callbacks_.on_frame(sv2::decode_header(opened->frame.first<sv2::frame_header_size>()),
                            opened->frame.subspan(sv2::frame_header_size));
    }
    rest_ = reads_ ? std::span<std::byte>{} : bytes;
    if (is_open_ && rest_.empty() && !transport_->opener.is_between_frames() && !frame_since_)
        frame_since_ = clock_.steady_now();
}

void Link::send(base::ByteView frames) {
    if (!is_open() || frames.empty()) return;
    if (out_.unread_size() > limits_.unread_max) return close("slow-reader");
    if (!seal_frames(frames, transport_->sealer, out_)) return close("nonce-exhausted");
    flush();
}

void Link::flush() {
    if (!is_open_ || waits_writable_) return;
    while (!out_.is_empty()) {
        const auto unread = out_.unread();
        error_code error;
        const auto size =
            socket_.write_some(boost::asio::buffer(unread.data(), unread.size()), error);
        const auto now = clock_.steady_now();
        if (error == boost::asio::error::would_block) {
            out_.blocked(now);
            waits_writable_ = true;
            socket_.async_wait(boost::asio::socket_base::wait_write,
                               [self = shared_from_this()](const error_code& wait_error) {
                                   self->waits_writable_ = false;
                                   if (!self->is_open_) return;
                                   if (wait_error) return self->close("write-error");
                                   self->flush();
                                   if (self->is_open_ && self->out_.is_empty())
                                       self->callbacks_.on_drained();
                               });
            return;
        }
        if (error) return close("write-error");
        out_.took(size, now);
    }
}

void Link::check(base::SteadyTime now) {
    if (!is_open_) return;
    if (reads_ && frame_since_ && now - *frame_since_ > limits_.frame_deadline)
        return close("frame-deadline");
    if (const auto since = out_.waiting_since();
        since && now - *since > limits_.write_stall_deadline)
        return close("write-stall");
}

void Link::close(std::string_view reason) {
    if (!std::exchange(is_open_, false)) return;
    error_code ignored;
    if (const auto unread = out_.unread(); !unread.empty() && !waits_writable_)
        socket_.write_some(boost::asio::buffer(unread.data(), unread.size()), ignored);
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
    // Whoever called us may still use it: it goes when the loop comes round.
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {});
    callbacks_.on_closed(reason);
}

}  // namespace edge
