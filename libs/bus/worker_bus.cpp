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

WorkerBus::WorkerBus(boost::asio::io_context& loop, zmq::context_t& context, Settings settings,
                     Handlers handlers)
    : settings_(std::move(settings)), handlers_(std::move(handlers)), timer_(loop) {
    for (Gateway gateway = 0; gateway < settings_.gateways.size(); ++gateway) {
        peers_.push_back(
            {std::make_unique<zeromq::Socket>(
                 loop, dealer(context, settings_.gateways[gateway]),
                 [this, gateway](std::vector<std::string> frames) { on_frames(gateway, frames); }),
             {},
             false,
             false});
    }
    announce();
}

void WorkerBus::announce() {
    if (is_leaving_) return;
    const auto frame = encode(ToGateway{settings_.ready});
    const std::array<std::string_view, 1> frames{frame};
    for (auto& peer : peers_)
        if (peer.socket->send(frames) != zeromq::Socket::Sent::yes) peer.is_met = false;
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
    auto& peer = peers_[gateway];
    if (auto* batch = std::get_if<Batch>(&received->message)) {
        handlers_.on_batch(gateway, std::move(*batch), std::move(received->batch_bytes));
        return;
    }
    if (auto* scan = std::get_if<Scan>(&received->message)) {
        handlers_.on_scan(gateway, std::move(*scan));
        return;
    }
    const auto& hello = std::get<Hello>(received->message);
    peer.is_met = hello.refusal.empty();
    if (peer.is_met) {
        peer.epoch = hello.epoch;
        peer.is_refused = false;
        handlers_.on_hello(gateway, hello.epoch);
    } else if (!std::exchange(peer.is_refused, true)) {
        handlers_.on_refusal(gateway, hello.refusal);
    }
}

void WorkerBus::send(Gateway gateway, const ToGateway& message) {
    const auto frame = encode(message);
    const std::array<std::string_view, 1> frames{frame};
    // Lost with its connection, the answer is asked for again by the gateway that lacks it.
    peers_[gateway].socket->send(frames);
}

void WorkerBus::say_goodbye() {
    is_leaving_ = true;
    timer_.cancel();
    for (Gateway gateway = 0; gateway < peers_.size(); ++gateway)
        send(gateway, Goodbye{settings_.ready.worker});
}

std::size_t WorkerBus::gateways_met() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(peers_, [](const Peer& peer) { return peer.is_met; }));
}

}  // namespace bus
