#include "edge/peer_address.h"

namespace edge {

base::IpAddress to_ip_address(const boost::asio::ip::address& address) {
    if (address.is_v4()) return base::IpAddress::from_v4(address.to_v4().to_bytes());
    return {address.to_v6().to_bytes()};
}

std::string limit_key(const base::IpAddress& address) {
    return base::to_string(base::IpNetwork{address, address.is_v4() ? 128U : 64U});
}

}  // namespace edge
