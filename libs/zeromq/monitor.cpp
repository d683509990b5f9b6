#include "zeromq/monitor.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

namespace zeromq {
namespace {

// The peer has been greeted; it may still be no publisher, but it speaks ZeroMQ.
constexpr int linked = ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
constexpr int unlinked = ZMQ_EVENT_DISCONNECTED;

zmq::socket_t listen(zmq::context_t& context, zmq::socket_t& socket) {
    const auto address = fmt::format("inproc://monitor-{}", socket.get(zmq::sockopt::fd));
    if (zmq_socket_monitor(socket.handle(), address.c_str(), linked | unlinked) != 0)
        throw zmq::error_t{};
    zmq::socket_t events{context, zmq::socket_type::pair};
    events.set(zmq::sockopt::linger, 0);
    events.connect(address);
    return events;
}

}  // namespace

// The first frame of an event is its number and a value, in the machine's byte order.
Monitor::Monitor(boost::asio::io_context& loop, zmq::context_t& context, zmq::socket_t& socket,
                 OnLink on_link)
    : events_(loop, listen(context, socket),
              [on_link = std::move(on_link)](const std::vector<std::string>& frames) {
                  std::uint16_t event = 0;
                  if (frames.empty() || frames[0].size() < sizeof event) return;
                  std::memcpy(&event, frames[0].data(), sizeof event);
                  on_link(event == linked);
              }) {}

}  // namespace zeromq
