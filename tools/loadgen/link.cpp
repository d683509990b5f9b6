#include "loadgen/link.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "loadgen/segments.h"

namespace loadgen {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

// What a peer that never reads has in its kernel before the pool's fills up.
constexpr int little_window = 4096;
constexpr std::size_t sent_max = 64 * 1024;

/// One thread, and nobody keeps what was read.
std::span<std::byte> receive_buffer() {
    static std::array<std::byte, 64 * 1024> buffer;
    return buffer;
}

}  // namespace

Link::Link(asio::io_context& loop, const Settings& settings, std::unique_ptr<Peer> peer,
           base::SteadyTime joins_at, const base::Clock& clock, const Hooks& hooks)
    : socket_(loop),
      settings_(settings),
      peer_(std::move(peer)),
      clock_(clock),
      hooks_(hooks),
      connects_at_(joins_at) {}

base::SteadyTime Link::due() const {
    switch (state_) {
        case State::waiting: return connects_at_;
        case State::connected: return peer_->due();
        case State::connecting:
        case State::ended: break;
    }
    return Peer::never;
}

void Link::on_due() {
    if (state_ == State::waiting) return connect();
    if (state_ == State::connected) carry_on(peer_->on_due(clock_.steady_now(), out_));
}

void Link::connect() {
    state_ = State::connecting;
    ++connection_;
    peer_->on_connecting(clock_.steady_now());
    if (const auto place = peer_->sent_to()) return look_up(*place);
    connect_to((*settings_.pools)[(settings_.first + failures_) % settings_.pools->size()]);
}

void Link::look_up(const Peer::Place& place) {
    const auto resolver = std::make_shared<tcp::resolver>(socket_.get_executor());
    resolver->async_resolve(place.host, std::to_string(place.port),
                            [self = shared_from_this(), resolver, of = connection_](
                                const Error& error, const auto& found) {
                                if (of != self->connection_ || self->state_ != State::connecting)
                                    return;
                                if (error || found.empty())
                                    return self->lose("look up: " + error.message());
                                self->connect_to(found.begin()->endpoint());
                            });
    hooks_.rescheduled(*this);
}

void Link::connect_to(const Endpoint& pool) {
    Error error;
    socket_.open(pool.protocol(), error);
    if (!error && !settings_.from.is_unspecified())
        socket_.bind(tcp::endpoint{settings_.from, 0}, error);
    if (!error && peer_->has_little_window())
        socket_.set_option(asio::socket_base::receive_buffer_size{little_window}, error);
    if (error) return lose(error.message());
    socket_.async_connect(pool, [self = shared_from_this(), of = connection_](const Error& failed) {
        if (of == self->connection_) self->on_connect(failed);
    });
    hooks_.rescheduled(*this);
}

void Link::on_connect(const Error& error) {
    if (error) {
        ++failures_;
        return lose("connect: " + error.message());
    }
    state_ = State::connected;
    Error ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(tcp::no_delay{true}, ignored);
    carry_on(peer_->on_connected(clock_.steady_now(), out_));
}

void Link::read_on() {
    if (state_ != State::connected || is_waiting_to_read_ || !peer_->is_reading()) return;
    is_waiting_to_read_ = true;
    socket_.async_wait(tcp::socket::wait_read,
                       [self = shared_from_this(), of = connection_](const Error& error) {
                           if (of != self->connection_ || self->state_ != State::connected) return;
                           self->is_waiting_to_read_ = false;
                           self->on_readable(error);
                       });
}

void Link::on_readable(const Error& error) {
    if (error) return lose(error.message());
    const auto all = receive_buffer();
    const auto buffer = all.first(std::min(all.size(), peer_->read_size_max()));
    Error failed;
    const auto size = socket_.read_some(asio::buffer(buffer.data(), buffer.size()), failed);
    if (failed == asio::error::would_block) return read_on();
    if (failed == asio::error::eof) return lose("closed by the pool");
    if (failed) return lose(failed.message());
    carry_on(peer_->on_bytes(buffer.first(size), clock_.steady_now(), out_));
}

void Link::carry_on(Peer::Wish wish) {
    if (wish == Peer::Wish::leave) return leave();
    flush();
    read_on();
    hooks_.rescheduled(*this);
}

void Link::flush() {
    if (is_writing_ || out_.size() == sent_) return;
    hooks_.before_sending();
    while (sent_ < out_.size()) {
        Error error;
        sent_ += socket_.write_some(asio::buffer(out_.data() + sent_, out_.size() - sent_), error);
        if (error == asio::error::would_block) {
            wait_writable();
            break;
        }
        if (error) return lose(error.message());
    }
    if (sent_ == out_.size() || sent_ > sent_max) out_.erase(0, std::exchange(sent_, 0));
}

void Link::wait_writable() {
    is_writing_ = true;
    socket_.async_wait(tcp::socket::wait_write,
                       [self = shared_from_this(), of = connection_](const Error& error) {
                           if (of != self->connection_ || self->state_ != State::connected) return;
                           self->is_writing_ = false;
                           if (error) return self->lose(error.message());
                           self->flush();
                           self->hooks_.rescheduled(*self);
                       });
}

void Link::lose(std::string_view reason) {
    close();
    reconnect_after(peer_->on_lost(reason, clock_.steady_now()));
}

void Link::leave() {
    close();
    reconnect_after(peer_->on_left(clock_.steady_now()));
}

void Link::end() {
    if (state_ == State::ended) return;
    flush();
    peer_->on_end(clock_.steady_now());
    close();
    state_ = State::ended;
}

void Link::close() {
    if (socket_.is_open()) hooks_.closing(segments_sent(socket_.native_handle()));
    Error ignored;
    socket_.close(ignored);
    ++connection_;
    is_writing_ = is_waiting_to_read_ = false;
    out_.clear();
    sent_ = 0;
}

void Link::reconnect_after(std::chrono::milliseconds wait) {
    state_ = State::waiting;
    connects_at_ = clock_.steady_now() + wait;
    hooks_.rescheduled(*this);
}

}  // namespace loadgen
