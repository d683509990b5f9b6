#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include "bitcoin/coinbase.h"
#include "mining/block_template.h"
#include "mining/job.h"
#include "mining/payout.h"
#include "mining/share.h"

namespace gateway {

/// The template that is worked on, and what jobs are made of: the coinbase of each set of payout
/// outputs, derived once for all connections. One for the process, owned by the gateway.
class WorkBook {
  public:
    /// True when the tip changed too.
    bool set_current(mining::BlockTemplate block_template);

    /// Null before the first template.
    const mining::BlockTemplate* current() const { return current_ ? &*current_ : nullptr; }

    /// The coinbase of the current template, stripped, around the extranonce. Null when it cannot
    /// be built: no template, or a scriptSig past 100 bytes. Valid until the next template.
    const mining::JobCoinbase* coinbase(const mining::PayoutOutputs& outputs,
                                        mining::OutputsId outputs_id, mining::Variant variant,
                                        std::size_t full_extranonce_size);

  private:
    using Key = std::tuple<mining::OutputsId, mining::Variant, std::size_t>;

    std::optional<mining::BlockTemplate> current_{};
    std::map<Key, std::optional<mining::JobCoinbase>> coinbases_{};
};

}  // namespace gateway
