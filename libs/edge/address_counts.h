#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <string>

#include "base/ip_network.h"

namespace edge {

/// How many connections each address has open; see limit_key() for what counts as one.
class AddressCounts {
  public:
    /// One more of this address; false, and nothing counted, where it has `at_most` already.
    bool add(const base::IpAddress& address, std::size_t at_most);
    /// One that was added has ended; of an address that has none, nothing.
    void remove(const base::IpAddress& address);
    /// Addresses that have any.
    std::size_t size() const { return counts_.size(); }

  private:
    boost::unordered_flat_map<std::string, std::size_t> counts_{};  // by limit_key()
};

}  // namespace edge
