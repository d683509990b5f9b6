#include "rpc/template_cache.h"

#include <algorithm>
#include <utility>

namespace rpc {

void TemplateCache::insert(mining::BlockTemplate block_template) {
    const auto ref = block_template.ref;
    const auto prev_hash = block_template.tip.prev_hash;
    if (!templates_.emplace(ref, std::move(block_template)).second) return;
    auto tip = std::find_if(tips_.begin(), tips_.end(),
                            [&](const Tip& t) { return t.prev_hash == prev_hash; });
    if (tip == tips_.end())
        tip = tips_.insert(tips_.end(), Tip{.prev_hash = prev_hash, .newest = ref, .templates = 0});
    tip->newest = std::max(tip->newest, ref);
    if (++tip->templates > limits_.templates_per_tip) drop_oldest_of(prev_hash);
    if (tips_.size() > limits_.tips) drop_oldest_tip();
}

bool TemplateCache::advance_to(mining::TemplateRef ref) {
    if (ref <= current_ || !templates_.contains(ref)) return false;
    current_ = ref;
    return true;
}

const mining::BlockTemplate* TemplateCache::current() const {
    return find(current_);
}

const mining::BlockTemplate* TemplateCache::find(mining::TemplateRef ref) const {
    const auto found = templates_.find(ref);
    return found == templates_.end() ? nullptr : &found->second;
}

void TemplateCache::drop_oldest_of(const bitcoin::BlockHash& prev_hash) {
    const auto oldest = std::find_if(templates_.begin(), templates_.end(), [&](const auto& entry) {
        return entry.second.tip.prev_hash == prev_hash && entry.first != current_;
    });
    if (oldest == templates_.end()) return;
    templates_.erase(oldest);
    const auto tip = std::find_if(tips_.begin(), tips_.end(),
                                  [&](const Tip& t) { return t.prev_hash == prev_hash; });
    --tip->templates;
}

void TemplateCache::drop_oldest_tip() {
    const auto* const now = current();
    auto oldest = tips_.end();
    for (auto tip = tips_.begin(); tip != tips_.end(); ++tip) {
        if (now != nullptr && tip->prev_hash == now->tip.prev_hash) continue;
        if (oldest == tips_.end() || tip->newest < oldest->newest) oldest = tip;
    }
    if (oldest == tips_.end()) return;
    std::erase_if(templates_, [&](const auto& entry) {
        return entry.second.tip.prev_hash == oldest->prev_hash;
    });
    tips_.erase(oldest);
}

}  // namespace rpc
