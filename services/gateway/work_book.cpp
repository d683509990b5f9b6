#include "gateway/work_book.h"

#include <utility>

#include "mining/coinbase_limits.h"

namespace gateway {

bool WorkBook::set_current(mining::BlockTemplate block_template) {
    const bool is_new_tip = !current_ || current_->tip.prev_hash != block_template.tip.prev_hash;
    current_ = std::move(block_template);
    coinbases_.clear();
    misfit_.clear();
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
        found = coinbases_.emplace(key, derive(outputs, variant, full_extranonce_size)).first;
    }
    return found->second ? &*found->second : nullptr;
}

std::optional<mining::JobCoinbase> WorkBook::derive(const mining::PayoutOutputs& outputs,
                                                    mining::Variant variant,
                                                    std::size_t full_extranonce_size) {
    auto derived = mining::derive_job_coinbase(*current_, outputs, variant, full_extranonce_size);
    if (!derived) return std::nullopt;
    const auto cost =
        mining::coinbase_cost(*current_, outputs, derived->parts(), full_extranonce_size);
    if (auto why = mining::misfit(*current_, cost)) {
        misfit_ = *std::move(why);
        return std::nullopt;
    }
    return *std::move(derived);
}

}  // namespace gateway
