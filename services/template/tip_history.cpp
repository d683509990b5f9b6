#include "template/tip_history.h"

namespace templates {

bool TipHistory::on_tip(const bitcoin::BlockHash& hash, std::uint32_t height) {
    const auto known = seen_.find(height);
    if (tip_ == height && known != seen_.end() && known->second == hash) return false;
    tip_ = height;
    seen_.insert_or_assign(height, hash);
    // What stood above it, a reorganisation has taken away.
    seen_.erase(seen_.upper_bound(height), seen_.end());
    if (seen_.size() > heights_max_) seen_.erase(seen_.begin());
    return true;
}

void TipHistory::assume(const bitcoin::BlockHash& hash, std::uint32_t height) {
    seen_.try_emplace(height, hash);
    if (seen_.size() > heights_max_) seen_.erase(seen_.begin());
}

BlockStanding TipHistory::standing(const bitcoin::BlockHash& hash, std::uint32_t height) const {
    const auto at = seen_.find(height);
    if (!tip_ || *tip_ < height || at == seen_.end()) return {};
    if (at->second != hash) return {.kind = BlockStanding::Kind::not_in_chain};
    return {.kind = BlockStanding::Kind::in_chain, .confirmations = *tip_ - height + 1};
}

BlockStanding combine(const std::vector<NodeStanding>& nodes) {
    const auto is_in = [](const NodeStanding& node) {
        return node.standing.kind == BlockStanding::Kind::in_chain;
    };
    const NodeStanding* best = nullptr;
    for (const auto& node : nodes) {
        if (node.standing.kind == BlockStanding::Kind::unknown) continue;
        if (best == nullptr || node.height > best->height ||
            (node.height == best->height && is_in(node) && !is_in(*best)))
            best = &node;
    }
    return best == nullptr ? BlockStanding{} : best->standing;
}

}  // namespace templates
