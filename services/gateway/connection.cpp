#include "gateway/connection.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <utility>

#include "base/log.h"
#include "gateway/deadlines.h"
#include "gateway/front.h"
#include "sv2/frame.h"
#include "sv2/limits.h"

namespace gateway {
namespace {

using boost::system::error_code;

// Small enough that ten thousand idle connections do not keep what one busy moment needed.
constexpr std::size_t idle_buffer_max = 1024;

// A job of the same tip is not worth sending behind this much that is unread.
constexpr std::size_t backed_up_at = 64 * 1024;

}  // namespace

Connection::Connection(ConnectionId id, boost::asio::ip::tcp::socket socket, std::string peer,
                       std::string address, Front& front)
    : id_(id),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      address_(std::move(address)),
      front_(front),
      partition_(front.sink().partition_of(id)),
      phase_since_(front.parts().clock.steady_now()) {}

void Connection::start() {
    wait_readable();
}

void Connection::wait_readable() {
    socket_.async_wait(boost::asio::socket_base::wait_read,
                       [self = shared_from_this()](const error_code& error) {
                           if (!self->is_open_) return;
                           if (error) return self->close("read-error");
                           self->read();
                       });
}

void Connection::read() {
    const auto buffer = front_.read_buffer();
    error_code error;
    const auto size = socket_.read_some(boost::asio::buffer(buffer.data(), buffer.size()), error);
    if (error == boost::asio::error::would_block) return wait_readable();
    if (error) return close(error == boost::asio::error::eof ? "by-miner" : "read-error");
    on_bytes(buffer.first(size));
    if (!is_open_) return;
    if (session_ && (front_.sink().is_full(partition_) || session_->wants_pause())) {
        // TCP passes the pressure on to the miner.
        is_paused_ = true;
        return front_.wait_for_room(shared_from_this());
    }
    wait_readable();
}

void Connection::resume() {
    if (!is_open_ || !is_paused_) return;
    if (front_.sink().is_full(partition_) || session_->wants_pause())
        return front_.wait_for_room(shared_from_this());
    is_paused_ = false;
    wait_readable();
}

void Connection::on_bytes(std::span<std::byte> bytes) {
    if (!session_ && !on_handshake_bytes(bytes)) return;
    on_sealed_bytes(bytes);
}

/// True when the handshake is done; `bytes` is then what followed it.
bool Connection::on_handshake_bytes(std::span<std::byte>& bytes) {
    const auto take = std::min(bytes.size(), noise::act1_size - handshake_bytes_.size());
    base::append(handshake_bytes_, bytes.first(take));
    bytes = bytes.subspan(take);
    if (handshake_bytes_.size() < noise::act1_size) return false;
    const auto& parts = front_.parts();
    auto accepted = noise::Responder{parts.identity, front_.take_ephemeral_key()}.accept(
        std::span<const std::byte, noise::act1_size>{handshake_bytes_});
    if (!accepted) {
        close(noise::error_code(accepted.error()));
        return false;
    }
    front_.handshake_done();
    handshake_bytes_ = {};
    base::append(out_, accepted->act2);
    transport_.emplace(std::move(accepted->transport));
    session_.emplace(peer_, front_.keys(), parts.work, front_.limits().session);
    phase_since_ = parts.clock.steady_now();
    if (!std::exchange(is_flush_due_, true)) front_.flush_soon(shared_from_this());
    return true;
}

void Connection::on_sealed_bytes(std::span<std::byte> bytes) {
    const auto& clock = front_.parts().clock;
    const auto received_at = clock.unix_now();
    while (!bytes.empty() && is_open_) {
        const auto opened = transport_->opener.open(bytes, sv2::limits::payload_from_miner_max);
        if (!opened) return close(noise::error_code(opened.error()));
        bytes = bytes.subspan(opened->consumed);
        if (opened->frame.empty()) break;
        const auto header = sv2::decode_header(opened->frame.first<sv2::frame_header_size>());
        act([&](Session& session, Effects& effects) {
            session.on_frame(header, opened->frame.subspan(sv2::frame_header_size), received_at,
                             effects);
        });
    }
    if (!is_open_) return;
    if (transport_->opener.is_between_frames())
        frame_since_.reset();
    else if (!frame_since_)
        frame_since_ = clock.steady_now();
    if (!was_set_up_ && session_->is_set_up()) {
        was_set_up_ = true;
        phase_since_ = clock.steady_now();
    }
}

void Connection::carry_out(Effects& effects) {
    // Shares first: what they point to dies with the session, and sealing may end it.
    if (!effects.shares.empty() || !effects.events.empty())
        front_.sink().take(id_, partition_, effects);
    auto& metrics = front_.parts().metrics;
    for (const auto error : effects.refused) metrics.rejected_shares(error).add();
    if (effects.shares_without_worker != 0)
        metrics.shares_without_worker.add(effects.shares_without_worker);
    for (const auto& code : effects.opens_refused) metrics.opens.with({code}).add();
    if (effects.channels_opened != 0) metrics.opens.with({"opened"}).add(effects.channels_opened);
    seal(effects.frames);
    if (effects.close) close(*effects.close);
}

void Connection::seal(base::ByteView frames) {
    if (frames.empty()) return;
    if (out_.size() - written_ > front_.limits().send_queue_max) return close("slow-reader");
    while (!frames.empty()) {
        const auto header = sv2::decode_header(frames.first<sv2::frame_header_size>());
        const auto size = sv2::frame_header_size + header.payload_size;
        if (!transport_->sealer.seal(frames.first(size), out_)) return close("nonce-exhausted");
        frames = frames.subspan(size);
    }
    if (!std::exchange(is_flush_due_, true)) front_.flush_soon(shared_from_this());
}

bool Connection::is_backed_up() const {
    return out_.size() - written_ > backed_up_at;
}

void Connection::flush() {
    is_flush_due_ = false;
    if (!is_open_ || waits_writable_) return;
    while (written_ < out_.size()) {
        error_code error;
        const auto size = socket_.write_some(
            boost::asio::buffer(out_.data() + written_, out_.size() - written_), error);
        if (error == boost::asio::error::would_block) {
            if (!unwritten_since_) unwritten_since_ = front_.parts().clock.steady_now();
            return wait_writable();
        }
        if (error) return close("write-error");
        written_ += size;
        unwritten_since_.reset();
    }
    written_ = 0;
    out_.clear();
    if (out_.capacity() > idle_buffer_max) out_.shrink_to_fit();
}

void Connection::wait_writable() {
    waits_writable_ = true;
    socket_.async_wait(boost::asio::socket_base::wait_write,
                       [self = shared_from_this()](const error_code& error) {
                           self->waits_writable_ = false;
                           if (!self->is_open_) return;
                           if (error) return self->close("write-error");
                           self->flush();
                       });
}

void Connection::check_deadlines(base::SteadyTime now) {
    using Phase = Progress::Phase;
    Progress progress{.phase = Phase::handshake,
                      .phase_since = phase_since_,
                      .frame_since = frame_since_,
                      .unwritten_since = unwritten_since_};
    if (session_) {
        const bool has_asked = session_->ever_opened() || session_->pending_opens() != 0;
        progress.phase = !session_->is_set_up() ? Phase::setup
                         : has_asked            ? Phase::mining
                                                : Phase::first_channel;
    }
    if (const auto reason = overdue(progress, front_.limits().deadlines, now)) close(*reason);
}

void Connection::close(std::string_view reason) {
    if (!std::exchange(is_open_, false)) return;
    base::log_debug("connection closed", {{"connection", id_.value}, {"reason", reason}});
    error_code ignored;
    // An error message goes out if the socket takes it now; nobody waits for a bad peer.
    if (written_ < out_.size() && !waits_writable_)
        socket_.write_some(boost::asio::buffer(out_.data() + written_, out_.size() - written_),
                           ignored);
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
    const bool was_in_handshake = !session_;
    if (session_) {
        Effects last;
        session_->on_end(last);
        if (!last.events.empty()) front_.sink().take(id_, partition_, last);
    }
    front_.ended(*this, reason, was_in_handshake);
}

}  // namespace gateway
