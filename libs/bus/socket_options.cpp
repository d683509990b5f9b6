#include "bus/socket_options.h"

namespace bus {

void set_common_options(zmq::socket_t& socket) {
    // The default of for ever would hang the exit on a peer that is gone; nothing is lost by
    // dropping, because what has no RESULT is sent again.
    socket.set(zmq::sockopt::linger, 0);
    // A peer whose machine is gone is found in three seconds. This proves ZeroMQ's own thread
    // only; that the peer's loop turns is proved by READY and WAITING.
    socket.set(zmq::sockopt::heartbeat_ivl, 1000);
    socket.set(zmq::sockopt::heartbeat_timeout, 3000);
    socket.set(zmq::sockopt::heartbeat_ttl, 3000);
    socket.set(zmq::sockopt::handshake_ivl, 5000);
    // A gateway that was started again has miners at its door within half a second.
    socket.set(zmq::sockopt::reconnect_ivl, 100);
    socket.set(zmq::sockopt::reconnect_ivl_max, 400);
    // A full batch of the largest entries stays below 1 MiB; a stranger's frame ends there.
    socket.set(zmq::sockopt::maxmsgsize, std::int64_t{4} << 20);
    // A fuse, far above what credits allow.
    socket.set(zmq::sockopt::sndhwm, 1000);
    socket.set(zmq::sockopt::rcvhwm, 1000);
}

}  // namespace bus
