#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
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
    /// Broadcast jobs need a handful; re-issued jobs have a variant each, and are not asked for
    /// twice.
    static constexpr std::size_t coinbases_max = 1024;

    /// True when the tip changed too.
    bool set_current(mining::BlockTemplate block_template);

    /// Null before the first template.
    const mining::BlockTemplate* current() const { return current_ ? &*current_ : nullptr; }

    /// The coinbase of the current template, stripped, around the extranonce. Null when it cannot
    /// be built: no template, a scriptSig past 100 bytes, or no room for it in the block, see
    /// misfit(). Valid until the next template.
    const mining::JobCoinbase* coinbase(const mining::PayoutOutputs& outputs,
                                        mining::OutputsId outputs_id, mining::Variant variant,
                                        std::size_t full_extranonce_size);

    /// Why the current template has no work for some outputs that were asked for; empty when it
    /// has. Hashing for them could only make an invalid block.
    const std::string& misfit() const { return misfit_; }

    /// Coinbases that are remembered, never more than coinbases_max.
    std::size_t coinbases() const { return coinbases_.size(); }

  private:
    using Key = std::tuple<mining::OutputsId, mining::Variant, std::size_t>;

    std::optional<mining::JobCoinbase> derive(const mining::PayoutOutputs& outputs,
                                              mining::Variant variant,
                                              std::size_t full_extranonce_size);

    std::optional<mining::BlockTemplate> current_{};
    std::map<Key, std::optional<mining::JobCoinbase>> coinbases_{};
    std::string misfit_{};
};

}  // namespace gateway
