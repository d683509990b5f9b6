#include "bus/worker_bus.h"

#include <algorithm>
#include <array>
#include <utility>

#include "bus/codec.h"
#include "bus/socket_options.h"

namespace bus {
namespace {

constexpr std::chrono::milliseconds ready_interval{500};

zmq::socket_t dealer(zmq::context_t& context, const std::string& address) {
    zmq::socket_t socket{context, zmq::socket_type::dealer};
    set_common_options(socket);
    socket.set(zmq::sockopt::immediate, true);  // park nothing for a gateway that is away
    socket.connect("tcp://" + address);
    return socket;
}

}  // namespace

WorkerBus::WorkerBus(boost::asio::io_context& loop, zmq::context_t& context, Ready ready,
                     Handlers handlers)
    : loop_(loop),
      context_(context),
      ready_(std::move(ready)),
      handlers_(std::move(handlers)),
      timer_(loop) {
    announce();
}

void WorkerBus::set_gateways(const std::vector<std::string>& addresses) {
    for (auto& [gateway, peer] : peers_)
        peer.is_named = std::ranges::find(addresses, peer.address) != addresses.end();
    for (const auto& address : addresses)
        if (std::ranges::none_of(
                peers_, [&](const auto& known) { return known.second.address == address; }))
            dial(address);
}

void WorkerBus::dial(const std::string& address) {
    const Gateway gateway = next_++;
    auto socket = std::make_unique<zeromq::Socket>(
        loop_, dealer(context_, address),
        [this, gateway](std::vector<std::string> frames) { on_frames(gateway, frames); });
    peers_.emplace(gateway, Peer{.address = address, .socket = std::move(socket)});
}

void WorkerBus::announce() {
    if (is_leaving_) return;
    const auto frame = encode(ToGateway{ready_});
    const std::array<std::string_view, 1> frames{frame};
    for (auto at = peers_.begin(); at != peers_.end();) {
        auto& peer = at->second;
        const bool is_there = peer.socket->send(frames) == zeromq::Socket::Sent::yes;
        if (!is_there) peer.is_met = false;
        at = is_there || peer.is_named ? std::next(at) : peers_.erase(at);
    }
    timer_.expires_after(ready_interval);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) announce();
    });
}

void WorkerBus::on_frames(Gateway gateway, const std::vector<std::string>& frames) {
    auto received = frames.size() == 1 ? decode_to_worker(frames[0]) : std::optional<Received>{};
    if (!received) {
        ++malformed_;
        return;
    }
    if (auto* batch = std::get_if<Batch>(&received->message)) {
        handlers_.on_batch(gateway, std::move(*batch), std::move(received->batch_bytes));
        return;
    }
    if (auto* scan = std::get_if<Scan>(&received->message)) {
        handlers_.on_scan(gateway, std::move(*scan));
        return;
    }
    const auto& hello = std::get<Hello>(received->message);
    auto& peer = peers_.at(gateway);  // its socket's handler is running
    peer.is_met = hello.refusal.empty();
    if (peer.is_met) {
        peer.is_refused = false;
        handlers_.on_hello(gateway, hello.epoch);
    } else if (!std::exchange(peer.is_refused, true)) {
        handlers_.on_refusal(gateway, hello.refusal);
    }
}

void WorkerBus::send(Gateway gateway, const ToGateway& message) {
    const auto peer = peers_.find(gateway);
    if (peer == peers_.end()) return;
    const auto frame = encode(message);
    const std::array<std::string_view, 1> frames{frame};
    // Lost with its connection, the answer is asked for again by the gateway that lacks it.
    peer->second.socket->send(frames);
}

void WorkerBus::say_goodbye() {
    is_leaving_ = true;
    timer_.cancel();
    for (const auto& [gateway, peer] : peers_) send(gateway, Goodbye{ready_.worker});
}

std::size_t WorkerBus::gateways_met() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(peers_, [](const auto& known) { return known.second.is_met; }));
}

std::size_t WorkerBus::gateways_refusing() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(peers_, [](const auto& known) { return known.second.is_refused; }));
}

std::string WorkerBus::address_of(Gateway gateway) const {
    const auto peer = peers_.find(gateway);
    return peer == peers_.end() ? std::string{} : peer->second.address;
}

}  // namespace bus
