#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string_view>

#include "base/bytes.h"
#include "service/endpoint.h"

namespace edge {

/// Listens, without accepting yet. `key` of the configuration chose the address.
/// Errors: throws std::runtime_error naming address, key and cure.
boost::asio::ip::tcp::acceptor listening(boost::asio::io_context& loop,
                                         const service::Endpoint& listen, std::string_view key);

/// What every connection gets: it never blocks, does not wait to fill a segment, and a machine
/// that is gone without a FIN is found in two minutes; see sv2/limits.h.
void set_options(boost::asio::ip::tcp::socket& socket);

/// The first bytes of a peer that does not speak Noise: an SV1 miner's first line, or a browser's,
/// is shorter than act 1 and would wait for the deadline.
bool is_plain_text(base::ByteView bytes);

}  // namespace edge
