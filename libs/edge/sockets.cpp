#include "edge/sockets.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <stdexcept>

#include "sv2/limits.h"

namespace edge {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

// That so many bytes of a key are text by chance happens once in 10^13 times.
constexpr std::size_t plain_text_size = 32;

}  // namespace

tcp::acceptor listening(boost::asio::io_context& loop, const service::Endpoint& listen,
                        std::string_view key) {
    try {
        const tcp::endpoint endpoint{boost::asio::ip::make_address(listen.host), listen.port};
        tcp::acceptor acceptor{loop};
        acceptor.open(endpoint.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address{true});
        // Taken over by what is accepted. They must be set before, for the window to be agreed on.
        acceptor.set_option(tcp::acceptor::receive_buffer_size{sv2::limits::kernel_receive_buffer});
        acceptor.set_option(tcp::acceptor::send_buffer_size{sv2::limits::kernel_send_buffer});
        acceptor.bind(endpoint);
        acceptor.listen(boost::asio::socket_base::max_listen_connections);
        acceptor.non_blocking(true);
        return acceptor;
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error(service::listen_failure(listen, key, error.code()));
    }
}

void set_options(tcp::socket& socket) {
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.set_option(tcp::no_delay{true}, ignored);
    socket.set_option(boost::asio::socket_base::keep_alive{true}, ignored);
    const int descriptor = socket.native_handle();
    const int idle_seconds = 60;
    const int interval_seconds = 20;
    const int probes = 3;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds,
                 sizeof interval_seconds);
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

bool is_plain_text(base::ByteView bytes) {
    return bytes.size() >= plain_text_size && std::ranges::all_of(bytes, [](std::byte byte) {
               const auto c = std::to_integer<unsigned>(byte);
               return (c >= 0x20 && c <= 0x7e) || c == '\t' || c == '\r' || c == '\n';
           });
}

}  // namespace edge
