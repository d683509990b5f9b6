#include "edge/address_counts.h"

#include "edge/peer_address.h"

namespace edge {

bool AddressCounts::add(const base::IpAddress& address, std::size_t at_most) {
    if (at_most == 0) return false;
    auto& count = counts_[limit_key(address)];
    if (count >= at_most) return false;
    ++count;
    return true;
}

void AddressCounts::remove(const base::IpAddress& address) {
    const auto found = counts_.find(limit_key(address));
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
}

}  // namespace edge
