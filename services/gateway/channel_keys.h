#pragma once

#include <cstdint>
#include <optional>

#include "mining/ids.h"

namespace gateway {

/// Gives out the channel keys of one epoch, each once: no extranonce prefix is ever issued twice,
/// and none needs returning (architecture D11).
class ChannelKeys {
  public:
    explicit ChannelKeys(mining::Epoch epoch) : epoch_(epoch) {}

    /// Nothing when the epoch's 16.7 million are used up: the gateway needs a new epoch.
    std::optional<mining::ChannelKey> next() {
        if (last_ == mining::counter_max) return std::nullopt;
        return mining::ChannelKey::of(epoch_, ++last_);
    }
    bool is_exhausted() const { return last_ == mining::counter_max; }

  private:
    mining::Epoch epoch_;
    std::uint32_t last_{};
};

}  // namespace gateway
