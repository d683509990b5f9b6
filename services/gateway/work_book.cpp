#include "gateway/work_book.h"

#include <utility>

namespace gateway {
namespace {

// Broadcast jobs need a handful; re-issued jobs have a variant each, and are not asked for twice.
constexpr std::size_t coinbases_max = 1024;

}  // namespace

bool WorkBook::set_current(mining::BlockTemplate block_template) {
    const bool is_new_tip = !current_ || current_->tip.prev_hash != block_template.tip.prev_hash;
    current_ = std::move(block_template);
    coinbases_.clear();
    return is_new_tip;
}

const mining::JobCoinbase* WorkBook::coinbase(const mining::PayoutOutputs& outputs,
                                              mining::OutputsId outputs_id, mining::Variant variant,
                                              std::size_t full_extranonce_size) {
    if (!current_) return nullptr;
    const Key key{outputs_id, variant, full_extranonce_size};
    auto found = coinbases_.find(key);
    if (found == coinbases_.end()) {
        if (coinbases_.size() >= coinbases_max) coinbases_.clear();
        auto derived =
            mining::derive_job_coinbase(*current_, outputs, variant, full_extranonce_size);
        found = coinbases_.emplace(key, derived ? std::optional{std::move(*derived)} : std::nullopt)
                    .first;
    }
    return found->second ? &*found->second : nullptr;
}

}  // namespace gateway
