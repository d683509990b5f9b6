#include "template/solutions.h"

#include <iterator>
#include <utility>

namespace templates {

std::vector<Solutions::Effect> Solutions::on_recovered(SpooledBlock block,
                                                       const BlockState& state) {
    auto& entry = insert(block);
    entry.is_on_disk = true;
    entry.state = state;
    if (state.kind == BlockState::Kind::spooled) {
        blocks_.insert_or_assign(block.hash, std::move(block.bytes));
        return submit(block.hash);
    }
    std::vector<Effect> effects;
    forget_oldest_settled(effects);
    return effects;
}

std::vector<Solutions::Effect> Solutions::on_found(SpooledBlock block) {
    const bool is_known = find(block.hash) != nullptr;
    auto& entry = is_known ? *by_hash_.at(block.hash) : insert(block);
    if (entry.is_on_disk || entry.is_storing) return {};
    entry.is_storing = true;
    if (!is_known) blocks_.insert_or_assign(block.hash, block.bytes);
    std::vector<Effect> effects;
    effects.emplace_back(StoreBlock{std::move(block)});
    return effects;
}

std::vector<Solutions::Effect> Solutions::on_stored(const bitcoin::BlockHash& hash,
                                                    bool is_on_disk) {
    const auto found = by_hash_.find(hash);
    if (found == by_hash_.end()) return {};
    auto& entry = *found->second;
    entry.is_storing = false;
    entry.is_on_disk = is_on_disk;
    return entry.is_submitting ? std::vector<Effect>{} : submit(hash);
}

std::vector<Solutions::Effect> Solutions::on_settled(const bitcoin::BlockHash& hash,
                                                     const BlockState& state) {
    const auto found = by_hash_.find(hash);
    if (found == by_hash_.end()) return {};
    found->second->state = state;
    found->second->is_submitting = false;
    blocks_.erase(hash);
    std::vector<Effect> effects;
    effects.emplace_back(StoreState{.hash = hash, .state = state});
    forget_oldest_settled(effects);
    return effects;
}

std::vector<Solutions::Effect> Solutions::on_retry(const bitcoin::BlockHash& hash) {
    return submit(hash);
}

const Solutions::Entry* Solutions::find(const bitcoin::BlockHash& hash) const {
    const auto found = by_hash_.find(hash);
    return found == by_hash_.end() ? nullptr : &*found->second;
}

std::vector<Solutions::Entry> Solutions::newest(std::size_t count) const {
    std::vector<Entry> result;
    for (auto entry = entries_.rbegin(); entry != entries_.rend() && result.size() < count; ++entry)
        result.push_back(*entry);
    return result;
}

std::vector<Solutions::Effect> Solutions::submit(const bitcoin::BlockHash& hash) {
    const auto block = blocks_.find(hash);
    if (block == blocks_.end()) return {};
    by_hash_.at(hash)->is_submitting = true;
    std::vector<Effect> effects;
    effects.emplace_back(SubmitBlock{.hash = hash, .bytes = block->second});
    return effects;
}

Solutions::Entry& Solutions::insert(const SpooledBlock& block) {
    entries_.push_back(
        {.hash = block.hash, .height = block.height, .channel = block.channel, .state = {}});
    by_hash_.insert_or_assign(block.hash, std::prev(entries_.end()));
    return entries_.back();
}

void Solutions::forget_oldest_settled(std::vector<Effect>& effects) {
    if (entries_.size() - blocks_.size() <= settled_max_) return;
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        if (entry->state.kind == BlockState::Kind::spooled || entry->is_storing) continue;
        effects.emplace_back(Forget{entry->hash});
        by_hash_.erase(entry->hash);
        entries_.erase(entry);
        return;
    }
}

}  // namespace templates
