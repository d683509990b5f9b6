#include "bus/gateway_bus.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "bus/codec.h"
#include "bus/socket_options.h"

namespace bus {
namespace {

zmq::socket_t bound_router(zmq::context_t& context, const std::string& address) {
    zmq::socket_t socket{context, zmq::socket_type::router};
    set_common_options(socket);
    socket.set(zmq::sockopt::router_mandatory, true);  // an unknown peer is an error, not silence
    socket.set(zmq::sockopt::router_handover, true);
    try {
        socket.bind("tcp://" + address);
    } catch (const zmq::error_t& error) {
        throw std::runtime_error(fmt::format(
            "cannot listen for channel-managers on {}: {}; choose another address for bus.listen "
            "or stop the process that holds it",
            address, error.what()));
    }
    return socket;
}

}  // namespace

GatewayBus::GatewayBus(boost::asio::io_context& loop, zmq::context_t& context,
                       const std::string& address, OnMessage on_message)
    : on_message_(std::move(on_message)),
      socket_(loop, bound_router(context, address),
              [this](std::vector<std::string> frames) { on_frames(frames); }) {}

std::string GatewayBus::address() const {
    return socket_.endpoint().substr(std::string_view{"tcp://"}.size());
}

void GatewayBus::on_frames(const std::vector<std::string>& frames) {
    const auto message =
        frames.size() == 2 ? decode_to_gateway(frames[1]) : std::optional<ToGateway>{};
    if (!message) {
        ++malformed_;
        return;
    }
    on_message_(frames[0], *message);
}

bool GatewayBus::send(const std::string& worker, const std::string& frame) {
    const std::array<std::string_view, 2> frames{worker, frame};
    return socket_.send(frames) == zeromq::Socket::Sent::yes;
}

}  // namespace bus
