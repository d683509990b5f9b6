#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "redis/address.h"
#include "redis/reply.h"
#include "redis/slot.h"

namespace redis {

/// Which primary has which slot of a cluster. A value.
class SlotMap {
  public:
    SlotMap();

    /// From the answer to CLUSTER SLOTS of the node at `asked`. Nothing for what is none, or names
    /// nobody.
    static std::optional<SlotMap> from(const Reply& slots, const Address& asked);

    /// Null where nobody has the slot.
    const Address* owner(std::uint16_t slot) const;
    void move(std::uint16_t slot, const Address& to);

    /// In the order of their addresses, who came by a move behind them.
    const std::vector<Address>& primaries() const { return primaries_; }
    bool is_primary(const Address& address) const;
    const std::vector<Address>& replicas() const { return replicas_; }

    friend bool operator==(const SlotMap&, const SlotMap&) = default;

  private:
    std::uint16_t number_of(const Address& primary);

    std::vector<Address> primaries_{};
    std::vector<Address> replicas_{};
    /// Places in `primaries_`.
    std::vector<std::uint16_t> owners_;
};

}  // namespace redis
