#pragma once

#include <zmq.hpp>

namespace bus {

/// What every socket of the bus has set.
void set_common_options(zmq::socket_t& socket);

}  // namespace bus
