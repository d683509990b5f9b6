#include "edge/unread.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace edge {
namespace {

// After 200 ms or more each, twice as long as the one before: 1.4 s at least.
constexpr unsigned retransmits_in_vain = 3;
constexpr unsigned no_room_ms = 2'000;

}  // namespace

bool takes_nothing(int descriptor) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
    if (info.tcpi_unacked > 0) return info.tcpi_retransmits >= retransmits_in_vain;
    return info.tcpi_notsent_bytes > 0 && info.tcpi_last_data_sent >= no_room_ms;
}

}  // namespace edge
