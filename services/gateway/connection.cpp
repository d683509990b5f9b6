#include "gateway/connection.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <utility>

#include "base/log.h"
#include "edge/proxy_header.h"
#include "edge/seal_frames.h"
#include "edge/sockets.h"
#include "gateway/deadlines.h"
#include "gateway/front.h"
#include "sv2/frame.h"
#include "sv2/limits.h"
#include "sv2/message_table.h"

namespace gateway {
namespace {

using boost::system::error_code;

// Of somebody who asks nearly too fast: some 25 requests, less than 0.1 ms for whoever comes next.
constexpr std::size_t bite = 2048;

// A miner that has not taken what is there for it for so long is told of.
constexpr auto stuck_after = std::chrono::seconds{2};

// Channels of a connection that has ended, in one turn of the loop.
constexpr std::size_t closed_at_once = 100;

}  // namespace

Connection::Connection(ConnectionId id, boost::asio::ip::tcp::socket socket, const Peer& peer,
                       Front& front)
    : id_(id),
      connected_at_(front.parts().clock.unix_now()),
      socket_(std::move(socket)),
      peer_(peer),
      front_(front),
      partition_(front.sink().partition_of(id)),
      awaits_proxy_header_(peer.is_proxy),
      reading_(front.parts().clock.steady_now()) {}

void Connection::start() {
    wait_readable();
}

std::string_view Connection::reading_paused() const {
    return reads_ ? reading_.held_by() : "leaving";
}

void Connection::wait_readable() {
    socket_.async_wait(boost::asio::socket_base::wait_read,
                       [self = shared_from_this()](const error_code& error) {
                           if (!self->is_open_) return;
                           if (error) return self->close("read-error");
                           if (self->reads_) self->read();
                       });
}

bool Connection::is_held_back() {
    if (!session_) return false;
    const auto [held, has_begun] =
        reading_.look(!front_.sink().is_full(partition_) && !session_->wants_pause(),
                      front_.limits().requests, front_.parts().clock.steady_now());
    if (held == Reading::Held::no) return false;
    const bool has_no_room = held == Reading::Held::no_room;
    if (has_begun) front_.parts().metrics.pauses.with({has_no_room ? "no-room" : "requests"}).add();
    if (has_no_room)
        front_.wait_for_room(shared_from_this());
    else
        front_.wait_a_moment(shared_from_this());
    return true;
}

void Connection::read() {
    if (is_held_back()) return;
    auto buffer = front_.read_buffer();
    // Nothing may follow act 1 before act 2 has been read, so it is not read either.
    if (!session_)
        buffer =
            buffer.first((awaits_proxy_header_ ? edge::proxy_header_size_max : noise::act1_size) -
                         handshake_bytes_.size());
    else if (reading_.is_hasty(front_.limits().requests, front_.parts().clock.steady_now()))
        buffer = buffer.first(bite);
    error_code error;
    const auto size = socket_.read_some(boost::asio::buffer(buffer.data(), buffer.size()), error);
    if (error == boost::asio::error::would_block) return wait_readable();
    if (error) return close(error == boost::asio::error::eof ? "by-miner" : "read-error");
    if (!session_) return on_handshake_bytes(buffer.first(size));
    on_sealed_bytes(buffer.first(size));
    if (!is_open_) return;
    if (memory() > front_.limits().memory_max) return close("too-much-memory");
    if (!is_held_back()) wait_readable();
}

void Connection::resume() {
    if (is_open_ && reading_.is_held() && !is_held_back()) wait_readable();
}

void Connection::on_handshake_bytes(base::ByteView bytes) {
    base::append(handshake_bytes_, bytes);
    if (awaits_proxy_header_ && !take_proxy_header()) return;
    if (edge::is_plain_text(handshake_bytes_)) return close("plain-text");
    if (handshake_bytes_.size() < noise::act1_size) return wait_readable();
    front_.handshake_soon(shared_from_this());
}

/// True when the proxy has said whose connection this is; from then on it counts as its own.
bool Connection::take_proxy_header() {
    const auto header = edge::read_proxy_header(handshake_bytes_);
    if (!header) {
        close(edge::error_name(header.error()));
        return false;
    }
    if (!*header) {
        wait_readable();
        return false;
    }
    awaits_proxy_header_ = false;
    handshake_bytes_.erase(handshake_bytes_.begin(),
                           handshake_bytes_.begin() + static_cast<std::ptrdiff_t>((*header)->size));
    if (const auto& source = (*header)->source) {
        peer_ = {.address = source->address, .port = source->port, .is_proxy = false};
        if (const auto reason = front_.take_in(peer_.address)) {
            peer_.is_proxy = true;  // it was not counted
            close(*reason);
            return false;
        }
    }
    // More than act 1 came with it; see read().
    if (handshake_bytes_.size() > noise::act1_size) {
        close(noise::error_code(noise::HandshakeError::authentication_failed));
        return false;
    }
    if (handshake_bytes_.empty()) {
        wait_readable();
        return false;
    }
    return true;
}

void Connection::answer_handshake() {
    if (!is_open_) return;
    const auto& parts = front_.parts();
    auto accepted = noise::Responder{parts.identity, front_.take_ephemeral_key()}.accept(
        base::ByteView{handshake_bytes_}.first<noise::act1_size>());
    if (!accepted) return close(noise::error_code(accepted.error()));
    front_.handshake_done(*this);
    handshake_bytes_ = base::Bytes{};
    out_.lend(front_.take_buffer());
    base::append(out_.tail(), accepted->act2);
    transport_.emplace(std::move(accepted->transport));
    session_.emplace(service::to_string({base::to_string(peer_.address), peer_.port}),
                     front_.keys(), parts.work, front_.limits().session, parts.policy);
    reading_.on_handshake(parts.clock.steady_now());
    if (!std::exchange(is_flush_due_, true)) front_.flush_soon(shared_from_this());
    wait_readable();
}

void Connection::on_sealed_bytes(std::span<std::byte> bytes) {
    const auto& clock = front_.parts().clock;
    const auto received_at = clock.unix_now();
    const auto size_max = static_cast<std::uint32_t>(front_.limits().frame_payload_max);
    std::size_t requests = 0;
    while (!bytes.empty() && is_open_) {
        const auto opened = transport_->opener.open(bytes, size_max);
        if (!opened) return close(noise::error_code(opened.error()));
        bytes = bytes.subspan(opened->consumed);
        if (opened->frame.empty()) break;
        reading_.on_frame();
        const auto header = sv2::decode_header(opened->frame.first<sv2::frame_header_size>());
        act([&](Session& session, Effects& effects) {
            session.on_frame(header, opened->frame.subspan(sv2::frame_header_size), received_at,
                             effects);
            count_flaws(header, effects);
            if (effects.shares.empty()) ++requests;
        });
    }
    if (!is_open_) return;
    reading_.on_read(requests, front_.limits().requests, transport_->opener.is_between_frames(),
                     session_->is_set_up(), clock.steady_now());
}

/// What a stranger's frame was, other than a good one.
void Connection::count_flaws(const sv2::FrameHeader& header, const Effects& effects) {
    auto& metrics = front_.parts().metrics;
    if (effects.oddity) metrics.oddities(*effects.oddity).add();
    if (!effects.malformed) return;
    const auto* info = sv2::find_message(header.extension_type, header.message_type);
    metrics.malformed
        .with({std::string{info == nullptr ? "unknown" : info->name},
               std::string{sv2::error_name(*effects.malformed)}})
        .add();
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
    for (const auto& code : effects.custom_jobs_refused) metrics.custom_jobs.with({code}).add();
    if (effects.custom_jobs_accepted != 0)
        metrics.custom_jobs.with({"accepted"}).add(effects.custom_jobs_accepted);
    if (effects.channels_opened != 0) metrics.opens.with({"opened"}).add(effects.channels_opened);
    if (effects.channels_banned != 0) metrics.channels_banned.add(effects.channels_banned);
    seal(effects.frames);
    if (effects.close) close(*effects.close);
}

void Connection::seal(base::ByteView frames) {
    if (frames.empty()) return;
    if (out_.unread_size() > unsent_max()) return close("slow-reader");
    if (out_.memory() == 0) out_.lend(front_.take_buffer());
    if (!edge::seal_frames(frames, transport_->sealer, out_)) return close("nonce-exhausted");
    if (!std::exchange(is_flush_due_, true)) front_.flush_soon(shared_from_this());
}

std::optional<base::SteadyTime> Connection::stuck_since(base::SteadyTime now) {
    if (!is_open_) return std::nullopt;
    const auto waiting = out_.waiting_since();
    if (waiting && now - *waiting >= stuck_after) return waiting;
    if (unread_watch_.wants_answer(now))
        unread_watch_.answered(edge::unread_by(socket_.native_handle()), now);
    return unread_watch_.standing_since();
}

std::size_t Connection::unsent_max() const {
    return front_.limits().output.of(session_ ? session_->channels() : 0);
}

bool Connection::is_backed_up() const {
    return out_.unread_size() > front_.limits().output.backed_up;
}

std::size_t Connection::memory() const {
    return sizeof(Connection) + handshake_bytes_.capacity() + out_.memory() +
           (transport_ ? transport_->opener.buffered_size() : 0) +
           (session_ ? session_->memory() : 0);
}

void Connection::flush() {
    is_flush_due_ = false;
    if (!is_open_ || waits_writable_) return;
    while (!out_.is_empty()) {
        const auto unread = out_.unread();
        error_code error;
        const auto size =
            socket_.write_some(boost::asio::buffer(unread.data(), unread.size()), error);
        const auto now = front_.parts().clock.steady_now();
        if (error == boost::asio::error::would_block) {
            out_.blocked(now);
            return wait_writable();
        }
        if (error) return close("write-error");
        out_.took(size, now);
        unread_watch_.wrote(now);
    }
    front_.give_back(out_.give_back());
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
    const auto progress = reading_.progress(session(), out_.waiting_since(), now);
    if (const auto reason = overdue(progress, front_.limits().deadlines, now))
        close(*reason);
    else if (memory() > front_.limits().memory_max)
        close("too-much-memory");
}

void Connection::close(std::string_view reason) {
    if (!std::exchange(is_open_, false)) return;
    base::log_debug("connection closed", {{"connection", id_.value}, {"reason", reason}});
    send_the_rest();
    error_code ignored;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
    front_.ended(*this, reason);
}

void Connection::end(std::string_view reason) {
    if (!std::exchange(is_open_, false)) return;
    base::log_debug("connection ended", {{"connection", id_.value}, {"reason", reason}});
    send_the_rest();
    front_.linger(std::move(socket_));
    front_.ended(*this, reason);
}

/// An error message goes out if the socket takes it now; nobody waits for a bad peer.
void Connection::send_the_rest() {
    const auto unread = out_.unread();
    if (unread.empty() || waits_writable_) return;
    error_code ignored;
    socket_.write_some(boost::asio::buffer(unread.data(), unread.size()), ignored);
}

bool Connection::close_some_channels() {
    if (!session_) return true;
    auto& effects = front_.effects();
    effects.clear();
    const bool is_done = session_->on_end(closed_at_once, effects);
    if (!effects.events.empty()) front_.sink().take(id_, partition_, effects);
    return is_done;
}

}  // namespace gateway
