#include "gateway/group_book.h"

namespace gateway {

void GroupBook::leave(std::uint32_t channel, sv2::ChannelId id) {
    auto* group = find(id);
    if (group == nullptr) return;
    group->members.erase(channel);
    if (!group->members.empty()) return;
    by_id_.erase(id.value);
    groups_.erase(GroupTerms{group->terms});
}

Group* GroupBook::find(sv2::ChannelId id) {
    const auto found = by_id_.find(id.value);
    return found == by_id_.end() ? nullptr : found->second;
}

const Group* GroupBook::find(sv2::ChannelId id) const {
    const auto found = by_id_.find(id.value);
    return found == by_id_.end() ? nullptr : found->second;
}

}  // namespace gateway
