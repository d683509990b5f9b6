#include "template/template_store.h"

#include <algorithm>
#include <utility>

namespace templates {

const Candidate* TemplateStore::add(Candidate candidate) {
    if (const auto* const now = current()) {
        candidate.block_template.ref = now->block_template.ref;
        if (candidate.block_template == now->block_template) return nullptr;
    }
    const auto ref = mining::TemplateRef::of(epoch_, sequence_ + 1);
    if (!ref) return nullptr;
    ++sequence_;
    candidate.block_template.ref = *ref;
    const auto prev_hash = candidate.block_template.tip.prev_hash;
    std::erase(tips_, prev_hash);
    tips_.push_back(prev_hash);
    candidates_.insert_or_assign(candidates_.end(), *ref, std::move(candidate));
    drop_what_is_too_much();
    return current();
}

void TemplateStore::add_transactions(std::uint64_t origin, const Transactions& transactions) {
    for (auto& [ref, candidate] : candidates_)
        if (!candidate.transactions && candidate.origin == origin)
            candidate.transactions = transactions;
}

const Candidate* TemplateStore::current() const {
    return candidates_.empty() ? nullptr : &candidates_.rbegin()->second;
}

const Candidate* TemplateStore::find(mining::TemplateRef ref) const {
    const auto found = candidates_.find(ref);
    return found == candidates_.end() ? nullptr : &found->second;
}

void TemplateStore::drop_what_is_too_much() {
    if (tips_.size() > limits_.tips) {
        const auto oldest = tips_.front();
        tips_.erase(tips_.begin());
        std::erase_if(candidates_, [&](const auto& entry) {
            return entry.second.block_template.tip.prev_hash == oldest;
        });
    }
    const auto is_of_tip = [&](const auto& entry) {
        return entry.second.block_template.tip.prev_hash == tips_.back();
    };
    const auto count = std::count_if(candidates_.begin(), candidates_.end(), is_of_tip);
    if (static_cast<std::size_t>(count) > limits_.templates_per_tip)
        candidates_.erase(std::find_if(candidates_.begin(), candidates_.end(), is_of_tip));
}

}  // namespace templates
