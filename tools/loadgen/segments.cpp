#include "loadgen/segments.h"

// Not <netinet/tcp.h>, which Asio includes: its tcp_info ends before the count of segments.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace loadgen {

std::uint64_t segments_sent(int socket) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
    return info.tcpi_data_segs_out;
}

}  // namespace loadgen
