#pragma once

#include <compare>
#include <cstddef>
#include <map>

#include "mining/batch_judge.h"
#include "mining/job.h"

namespace mining {

/// The coinbases that a worker has derived, so that a batch of shares costs only hashing. Owned
/// by one loop. Holds at most `capacity`; the oldest template's go first. Everything in it can be
/// derived again.
class JobCache {
  public:
    explicit JobCache(std::size_t capacity) : capacity_(capacity == 0 ? 1 : capacity) {}

    /// The coinbase for this template, outputs (`id` is their id), variant and size; null when it
    /// cannot be built. Valid until trim().
    const JobCoinbase* find_or_derive(const BlockTemplate& block_template,
                                      const PayoutOutputs& outputs, OutputsId id, Variant variant,
                                      std::size_t full_extranonce_size);

    /// Drops the oldest beyond the capacity. What find_or_derive() returned before is valid until
    /// here: called between batches, never within one.
    void trim();

    /// For the shares of a batch whose coinbases are here.
    BatchJudge& batch_judge() { return batch_judge_; }

    std::size_t size() const { return coinbases_.size(); }

  private:
    struct Key {
        TemplateRef template_ref{};
        OutputsId outputs_id{};
        Variant variant{};
        std::size_t full_extranonce_size{};
        friend auto operator<=>(const Key&, const Key&) = default;
    };

    std::size_t capacity_;
    BatchJudge batch_judge_{};
    std::map<Key, JobCoinbase> coinbases_{};  // in the order of templates
};

}  // namespace mining
