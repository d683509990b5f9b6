#include "simulation/pool/gateway_connection.h"

#include <array>
#include <utility>

#include "simulation/pool/gateway_process.h"
#include "simulation/pool/scale.h"
#include "sv2/frame.h"

namespace simulation {
namespace {

// Of a connection that has ended, in one turn of the loop.
constexpr std::size_t closed_at_once = 3;

}  // namespace

GatewayConnection::GatewayConnection(gateway::ConnectionId id, std::unique_ptr<TcpEnd> socket,
                                     GatewayProcess& gateway)
    : id_(id),
      gateway_(gateway),
      socket_(std::move(socket)),
      partition_(gateway.partition_of(id)),
      session_("192.0.2.1:1", gateway.keys(), gateway.work_book(), {}),
      reading_(gateway.clock().steady_now()),
      effects_(gateway.effects()) {
    reading_.on_handshake(gateway.clock().steady_now());
}

void GatewayConnection::start() {
    socket_->on_event([this] {
        const auto self = shared_from_this();
        if (!reading_.is_held()) read();  // else it waits to be called
        flush();
    });
    read();
}

bool GatewayConnection::is_backed_up() const {
    return out_.unread_size() > scale::output.backed_up;
}

bool GatewayConnection::is_held_back() {
    const auto [held, has_begun] =
        reading_.look(!gateway_.is_full(partition_) && !session_.wants_pause(), scale::requests,
                      gateway_.clock().steady_now());
    if (held == gateway::Reading::Held::no) return false;
    if (held == gateway::Reading::Held::no_room)
        gateway_.wait_for_room(shared_from_this());
    else
        gateway_.wait_a_moment(shared_from_this());
    return true;
}

void GatewayConnection::resume() {
    if (socket_ && reading_.is_held() && !is_held_back()) read();
}

/// A loop would ask again and again; here each turn reads once, as often as there is something.
void GatewayConnection::read() {
    while (socket_ && (socket_->readable() != 0 || socket_->is_broken())) {
        if (is_held_back()) return;
        if (socket_->is_at_end()) return close("by-miner");
        std::array<std::byte, scale::read_size> buffer;
        on_bytes(base::ByteView{buffer}.first(socket_->read(buffer)));
    }
}

void GatewayConnection::on_bytes(base::ByteView bytes) {
    const auto received_at = gateway_.clock().unix_now();
    base::append(in_, bytes);
    std::size_t requests = 0;
    base::ByteView left{in_};
    while (socket_ && left.size() >= sv2::frame_header_size) {
        const auto header = sv2::decode_header(left.first<sv2::frame_header_size>());
        const auto size = sv2::frame_header_size + header.payload_size;
        if (header.payload_size > sv2::limits::payload_from_miner_max) return close("oversize");
        if (left.size() < size) break;
        reading_.on_frame();
        const auto payload = left.first(size).subspan(sv2::frame_header_size);
        left = left.subspan(size);
        act([&](gateway::Session& session, gateway::Effects& effects) {
            session.on_frame(header, payload, received_at, effects);
            if (effects.shares.empty()) ++requests;
        });
    }
    if (!socket_) return;
    in_.erase(in_.begin(), in_.end() - static_cast<std::ptrdiff_t>(left.size()));
    reading_.on_read(requests, scale::requests, in_.empty(), session_.is_set_up(),
                     gateway_.clock().steady_now());
}

void GatewayConnection::carry_out() {
    if (!effects_.shares.empty() || !effects_.events.empty())
        gateway_.take(id_, partition_, effects_);
    if (!effects_.frames.empty() && socket_) {
        if (out_.unread_size() > scale::output.of(session_.channels())) return close("slow-reader");
        base::append(out_.tail(), effects_.frames);
        if (!std::exchange(is_flush_due_, true)) gateway_.flush_connection_soon(shared_from_this());
    }
    if (effects_.close) close(*effects_.close);
}

void GatewayConnection::flush() {
    is_flush_due_ = false;
    if (!socket_) return;
    while (!out_.is_empty()) {
        const auto size = socket_->write(out_.unread());
        const auto now = gateway_.clock().steady_now();
        if (size == 0) return out_.blocked(now);
        out_.took(size, now);
    }
}

void GatewayConnection::check_deadlines(base::SteadyTime now) {
    if (!socket_) return;
    if (socket_->is_broken() && !reading_.is_held()) read();
    if (!socket_) return;
    if (const auto reason = gateway::overdue(
            reading_.progress(&session_, out_.waiting_since(), now), gateway_.deadlines(), now))
        close(*reason);
}

void GatewayConnection::close(std::string_view reason) {
    if (!socket_) return;
    if (!out_.is_empty()) socket_->write(out_.unread());
    // Its own event may be running.
    gateway_.life().after(std::chrono::microseconds{0},
                          [socket = std::shared_ptr<TcpEnd>{std::move(socket_)}] {});
    socket_ = nullptr;
    gateway_.ended(*this, reason);
}

bool GatewayConnection::close_some_channels() {
    effects_.clear();
    const bool is_done = session_.on_end(closed_at_once, effects_);
    if (!effects_.events.empty()) gateway_.take(id_, partition_, effects_);
    return is_done;
}

}  // namespace simulation
