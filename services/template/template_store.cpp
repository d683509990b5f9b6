#include "template/template_store.h"

#include <algorithm>
#include <utility>

namespace templates {

Candidate to_candidate(const HeldTemplate& held) {
    Candidate candidate;
    candidate.block_template = held.block_template;
    if (held.origin) candidate.origin = held.origin->name;
    candidate.transactions = nullptr;
    if (!held.transactions) return candidate;
    auto transactions = std::make_shared<std::vector<base::Bytes>>();
    transactions->reserve(held.transactions->size());
    for (const auto& transaction : *held.transactions) transactions->push_back(transaction->bytes);
    candidate.transactions = std::move(transactions);
    return candidate;
}

bool TemplateStore::begin_epoch(mining::Epoch epoch) {
    if (current() != nullptr && current()->block_template.ref.epoch() >= epoch) return false;
    epoch_ = epoch;
    sequence_ = 0;
    return true;
}

const HeldTemplate* TemplateStore::add(Candidate candidate, Origin origin, base::UnixMicros now) {
    if (!epoch_) return nullptr;
    keep_min_ntime(candidate.block_template.tip);
    if (const auto* const last = current()) {
        const auto ref = last->block_template.ref;
        if (ref.epoch() > *epoch_) return nullptr;
        candidate.block_template.ref = ref;
        if (ref.epoch() == *epoch_ && candidate.block_template == last->block_template)
            return nullptr;
    }
    const auto ref = mining::TemplateRef::of(*epoch_, sequence_ + 1);
    if (!ref) return nullptr;
    ++sequence_;
    candidate.block_template.ref = *ref;
    keep({.block_template = std::move(candidate.block_template),
          .transactions = candidate.transactions ? pool_.intern(*candidate.transactions) : nullptr,
          .origin = origin,
          .named_at = now});
    return current();
}

const HeldTemplate* TemplateStore::insert(HeldTemplate relayed) {
    const auto ref = relayed.block_template.ref;
    if (templates_.contains(ref)) return nullptr;
    keep(std::move(relayed));
    return find(ref);
}

std::vector<mining::TemplateRef> TemplateStore::add_transactions(Origin origin,
                                                                 const Transactions& given) {
    std::vector<mining::TemplateRef> completed;
    TransactionList list;
    for (auto& [ref, held] : templates_) {
        if (held.transactions || held.origin != origin) continue;
        if (!list) list = pool_.intern(*given);
        held.transactions = list;
        completed.push_back(ref);
    }
    return completed;
}

const HeldTemplate* TemplateStore::set_transactions(mining::TemplateRef ref,
                                                    TransactionList given) {
    const auto found = templates_.find(ref);
    if (found == templates_.end() || found->second.transactions) return nullptr;
    found->second.transactions = std::move(given);
    return &found->second;
}

const HeldTemplate* TemplateStore::current() const {
    return templates_.empty() ? nullptr : &templates_.rbegin()->second;
}

const HeldTemplate* TemplateStore::find(mining::TemplateRef ref) const {
    const auto found = templates_.find(ref);
    return found == templates_.end() ? nullptr : &found->second;
}

void TemplateStore::keep_min_ntime(mining::ChainTip& tip) const {
    for (auto at = templates_.rbegin(); at != templates_.rend(); ++at) {
        const auto& known = at->second.block_template.tip;
        if (known.prev_hash != tip.prev_hash || known.nbits != tip.nbits) continue;
        tip.min_ntime = known.min_ntime;
        return;
    }
}

void TemplateStore::keep(HeldTemplate held) {
    const auto ref = held.block_template.ref;
    const auto prev_hash = held.block_template.tip.prev_hash;
    templates_.insert_or_assign(ref, std::move(held));
    auto tip = std::find_if(tips_.begin(), tips_.end(),
                            [&](const Tip& t) { return t.prev_hash == prev_hash; });
    if (tip == tips_.end())
        tip = tips_.insert(tips_.end(), Tip{.prev_hash = prev_hash, .newest = ref, .templates = 0});
    tip->newest = std::max(tip->newest, ref);
    if (++tip->templates > limits_.templates_per_tip) drop_oldest_of(*tip);
    if (tips_.size() > limits_.tips) drop_oldest_tip();
}

void TemplateStore::drop_oldest_of(Tip& tip) {
    templates_.erase(std::find_if(templates_.begin(), templates_.end(), [&](const auto& entry) {
        return entry.second.block_template.tip.prev_hash == tip.prev_hash;
    }));
    --tip.templates;
}

void TemplateStore::drop_oldest_tip() {
    const auto oldest = std::min_element(
        tips_.begin(), tips_.end(), [](const Tip& a, const Tip& b) { return a.newest < b.newest; });
    std::erase_if(templates_, [&](const auto& entry) {
        return entry.second.block_template.tip.prev_hash == oldest->prev_hash;
    });
    tips_.erase(oldest);
}

}  // namespace templates
