#include "edge/unread.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace edge {
namespace {

// After 200 ms or more each, twice as long as the one before: standing_after at least.
constexpr unsigned retransmits_in_vain = 3;
constexpr unsigned no_room_ms = 2'000;

}  // namespace

Unread unread_by(int descriptor) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return Unread::on_its_way;
    const bool stands = info.tcpi_unacked > 0
                            ? info.tcpi_retransmits >= retransmits_in_vain
                            : info.tcpi_notsent_bytes > 0 && info.tcpi_last_data_sent >= no_room_ms;
    if (stands) return Unread::standing;
    return info.tcpi_unacked > 0 || info.tcpi_notsent_bytes > 0 ? Unread::on_its_way : Unread::none;
}

}  // namespace edge
