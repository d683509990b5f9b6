#include "translator/miner_connection.h"

#include <array>
#include <boost/asio/error.hpp>
#include <utility>

#include "base/log.h"
#include "edge/proxy_header.h"
#include "service/endpoint.h"
#include "sv1/parser.h"
#include "translator/miner_deadlines.h"
#include "translator/miner_front.h"

namespace translator {
namespace {

using boost::system::error_code;
using Outcome = MinerStream::Outcome;

/// The first byte of TLS, which no line of SV1 begins with.
constexpr std::byte tls_record{0x16};

// Some forty lines: less than a millisecond for whoever comes next. One record of TLS is more, and
// has to be taken whole.
constexpr std::size_t bite = 4 * 1024;

}  // namespace

MinerConnection::MinerConnection(ConnectionId id, MinerStream stream, const Peer& peer,
                                 MinerFront& front)
    : id_(id),
      stream_(std::move(stream)),
      peer_(peer),
      front_(front),
      awaits_proxy_header_(peer.is_proxy),
      awaits_tls_(stream_.has_tls()),
      reader_(front.limits().line_size_max),
      phase_since_(front.parts().clock.steady_now()) {}

void MinerConnection::start() {
    wait_readable();
}

void MinerConnection::wait_readable() {
    stream_.socket().async_wait(boost::asio::socket_base::wait_read,
                                [self = shared_from_this()](const error_code& error) {
                                    if (!self->is_open_) return;
                                    if (error) return self->close("read-error");
                                    self->on_readable();
                                });
}

void MinerConnection::wait_writable() {
    if (std::exchange(waits_writable_, true)) return;
    stream_.socket().async_wait(boost::asio::socket_base::wait_write,
                                [self = shared_from_this()](const error_code& error) {
                                    self->waits_writable_ = false;
                                    if (!self->is_open_) return;
                                    if (error) return self->close("write-error");
                                    if (self->awaits_tls_) return self->shake_hands();
                                    self->flush();
                                });
}

void MinerConnection::on_readable() {
    if (awaits_proxy_header_ && !take_proxy_header()) return;
    if (awaits_tls_) return front_.handshake_soon(shared_from_this());
    read();
}

/// True when the proxy has said whose connection this is; from then on it counts as its own. What
/// follows the header stays in the socket: it may be TLS.
bool MinerConnection::take_proxy_header() {
    std::array<std::byte, edge::proxy_header_size_max> seen{};
    const auto moved =
        stream_.peek(std::span{seen}.first(edge::proxy_header_size_max - header_bytes_.size()));
    if (moved.outcome == Outcome::would_read) {
        wait_readable();
        return false;
    }
    if (moved.outcome != Outcome::moved) {
        close(moved.outcome == Outcome::ended ? "by-miner" : "read-error");
        return false;
    }
    const auto before = header_bytes_.size();
    base::append(header_bytes_, base::ByteView{seen}.first(moved.size));
    const auto header = edge::read_proxy_header(header_bytes_);
    if (!header) {
        close(edge::error_name(header.error()));
        return false;
    }
    if (!*header) {
        stream_.skip(moved.size);
        wait_readable();
        return false;
    }
    stream_.skip((*header)->size - before);
    awaits_proxy_header_ = false;
    header_bytes_ = base::Bytes{};
    if (const auto& source = (*header)->source) {
        peer_ = {.address = source->address, .port = source->port, .is_proxy = false};
        if (const auto reason = front_.take_in(peer_.address)) {
            peer_.is_proxy = true;  // it was not counted
            close(*reason);
            return false;
        }
    }
    if (!awaits_tls_) handshake_is_done();
    return true;
}

void MinerConnection::handshake_is_done() {
    phase_since_ = front_.parts().clock.steady_now();
}

void MinerConnection::shake_hands() {
    if (!is_open_) return;
    switch (stream_.shake_hands()) {
        case Outcome::moved:
            awaits_tls_ = false;
            handshake_is_done();
            front_.parts().metrics.tls_handshakes.with({"ok"}).add();
            // Its first line may have come with the last message of the handshake.
            return read();
        case Outcome::would_read: return wait_readable();
        case Outcome::would_write: return wait_writable();
        case Outcome::ended: return close("by-miner");
        case Outcome::failed: return close("tls-failed");
    }
}

/// TCP passes the pressure on to the miner.
bool MinerConnection::is_held_back() {
    const auto now = front_.parts().clock.steady_now();
    if (!pace_.is_ahead(front_.limits().lines, now)) {
        is_paced_ = false;
        return false;
    }
    if (!std::exchange(is_paced_, true)) front_.parts().metrics.paced.add();
    // It is not late with the rest of a line that is not read.
    if (line_since_) line_since_ = now;
    front_.wait_a_moment(shared_from_this());
    return true;
}

void MinerConnection::resume() {
    if (is_open_ && !is_held_back()) read();
}

void MinerConnection::read() {
    if (is_held_back()) return;
    auto buffer = front_.read_buffer();
    if (!stream_.has_tls()) buffer = buffer.first(bite);
    const auto moved = stream_.read(buffer);
    switch (moved.outcome) {
        case Outcome::moved: break;
        case Outcome::would_read:
        // TLS wants to say something first, which goes out with what we say next.
        case Outcome::would_write: return wait_readable();
        case Outcome::ended: return close("by-miner");
        case Outcome::failed: return close("read-error");
    }
    read_lines(buffer.first(moved.size));
    if (is_open_ && !is_held_back()) wait_readable();
}

void MinerConnection::read_lines(base::ByteView unread) {
    if (!session_ && !stream_.has_tls() && !reader_.has_partial_line() &&
        unread.front() == tls_record)
        return close("tls-to-plain-port");
    const auto now = front_.parts().clock.steady_now();
    std::size_t lines = 0;
    is_reading_ = true;
    while (is_open_) {
        const auto line = reader_.take_line(unread);
        if (!line) {
            close("line-too-long");
            break;
        }
        if (!*line) break;
        ++lines;
        line_since_.reset();
        on_line(**line);
    }
    is_reading_ = false;
    send();
    pace_.add(lines, front_.limits().lines, now);
    if (reader_.has_partial_line() && !line_since_) line_since_ = now;
}

void MinerConnection::on_line(std::string_view line) {
    if (!session_) {
        session_.emplace(front_.parts().miners, *this,
                         service::to_string({base::to_string(peer_.address), peer_.port}));
        phase_since_ = front_.parts().clock.steady_now();
        front_.has_spoken(*this);
    }
    const auto message = front_.parser().parse(line);
    if (!message) return session_->on_bad_line(message.error());
    const auto* request = std::get_if<sv1::Request>(&*message);
    if (request != nullptr && request->call &&
        std::holds_alternative<sv1::Subscribe>(*request->call))
        has_subscribed_ = true;
    session_->on_line(*message);
}

std::string& MinerConnection::lines() {
    return front_.lines_of(*this);
}

void MinerConnection::flush_soon() {
    if (!is_reading_) send();
}

bool MinerConnection::is_backed_up() const {
    return out_.unread_size() > front_.limits().send_queue_max / 4;
}

void MinerConnection::send() {
    if (!front_.has_lines_of(*this)) return;
    auto& written = front_.lines_of(*this);
    base::ByteView bytes = base::as_bytes(std::string_view{written});
    if (is_open_ && !bytes.empty()) {
        // Most of what is said finds room in the socket at once, and is never copied.
        if (out_.is_empty() && !waits_writable_) {
            const auto moved = stream_.write(bytes);
            if (moved.outcome == Outcome::moved) bytes = bytes.subspan(moved.size);
        }
        if (!bytes.empty()) queue(bytes);
    }
    front_.lines_are_taken();
    if (is_open_ && !out_.is_empty() && !waits_writable_) flush();
}

void MinerConnection::queue(base::ByteView bytes) {
    if (out_.unread_size() + bytes.size() > front_.limits().send_queue_max) {
        front_.lines_are_taken();  // half of it may be out
        return close("slow-reader");
    }
    if (out_.memory() == 0) out_.lend(front_.take_buffer());
    out_.make_room(bytes.size());
    base::append(out_.tail(), bytes);
}

bool MinerConnection::flush() {
    while (!out_.is_empty()) {
        const auto moved = stream_.write(out_.unread());
        const auto now = front_.parts().clock.steady_now();
        switch (moved.outcome) {
            case Outcome::moved: out_.took(moved.size, now); continue;
            case Outcome::would_read:
            case Outcome::would_write:
                out_.blocked(now);
                wait_writable();
                return false;
            case Outcome::ended:
            case Outcome::failed: close("write-error"); return false;
        }
    }
    front_.give_back(out_.give_back());
    return true;
}

void MinerConnection::on_tick(base::SteadyTime now) {
    if (!is_open_) return;
    if (session_) session_->on_tick();
    if (!is_open_) return;
    using Phase = MinerProgress::Phase;
    const auto phase = awaits_proxy_header_ || awaits_tls_ ? Phase::handshake
                       : !session_                         ? Phase::first_line
                       : !has_subscribed_                  ? Phase::subscribe
                                                           : Phase::mining;
    const MinerProgress progress{.phase = phase,
                                 .phase_since = phase_since_,
                                 .line_since = is_paced_ ? std::nullopt : line_since_,
                                 .unwritten_since = out_.waiting_since()};
    if (const auto reason = overdue(progress, front_.limits().deadlines, now)) close(*reason);
}

void MinerConnection::close(std::string_view reason) {
    if (!is_open_) return;
    send_last_words();
    is_open_ = false;
    base::log_debug("miner's connection closed", {{"connection", id_.value}, {"reason", reason}});
    stream_.close();
    front_.ended(*this, reason);
}

void MinerConnection::end(std::string_view reason) {
    if (!is_open_) return;
    send_last_words();
    is_open_ = false;
    base::log_debug("miner's connection ended", {{"connection", id_.value}, {"reason", reason}});
    front_.linger(stream_.release());
    front_.ended(*this, reason);
}

/// What was said last goes out if the socket takes it now; nobody waits for a bad peer.
void MinerConnection::send_last_words() {
    if (!front_.has_lines_of(*this)) return;
    const auto bytes = base::as_bytes(std::string_view{front_.lines_of(*this)});
    if (out_.is_empty() && !waits_writable_ && !bytes.empty()) stream_.write(bytes);
    front_.lines_are_taken();
}

void MinerConnection::bury() {
    if (session_) session_->on_end();
    session_.reset();
    if (front_.has_lines_of(*this)) front_.lines_are_taken();
}

std::size_t MinerConnection::memory() const {
    return sizeof(MinerConnection) + header_bytes_.capacity() + reader_.capacity() + out_.memory() +
           (session_ ? session_->memory() : 0);
}

}  // namespace translator
