#include "mining/job_cache.h"

#include <utility>

namespace mining {

const JobCoinbase* JobCache::find_or_derive(const BlockTemplate& block_template,
                                            const PayoutOutputs& outputs, OutputsId id,
                                            Variant variant, std::size_t full_extranonce_size) {
    const Key key{block_template.ref, id, variant, full_extranonce_size};
    const auto found = coinbases_.find(key);
    if (found != coinbases_.end()) return &found->second;
    auto coinbase = derive_job_coinbase(block_template, outputs, variant, full_extranonce_size);
    if (!coinbase) return nullptr;
    return &coinbases_.emplace(key, *std::move(coinbase)).first->second;
}

void JobCache::trim() {
    while (coinbases_.size() > capacity_) coinbases_.erase(coinbases_.begin());
}

}  // namespace mining
