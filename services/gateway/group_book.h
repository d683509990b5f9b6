#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>

#include "mining/ids.h"
#include "mining/payout.h"
#include "mining/share.h"
#include "sv2/ids.h"

namespace gateway {

/// What makes the jobs of two channels alike.
struct GroupTerms {
    mining::ChannelKind kind{};
    std::size_t full_extranonce_size{};
    mining::OutputsId outputs_id{};
    bool version_rolling_allowed{};
    friend auto operator<=>(const GroupTerms&, const GroupTerms&) = default;
};

/// Channels for which one job message does (Sv2 5.2.3).
struct Group {
    sv2::ChannelId id{};
    GroupTerms terms{};
    std::shared_ptr<const mining::PayoutOutputs> outputs{};
    std::set<std::uint32_t> members{};
};

/// The groups of one connection, each with at least one member. An id that was a group's is never
/// anything else again.
class GroupBook {
  public:
    /// The group with these terms, of which the channel is now a member. A new one is called
    /// `new_id()` and pays `outputs`.
    template <class NewId>
    Group& join(std::uint32_t channel, const GroupTerms& terms,
                std::shared_ptr<const mining::PayoutOutputs> outputs, NewId new_id) {
        auto& group = groups_[terms];
        if (group.members.empty()) {
            group.id = new_id();
            group.terms = terms;
            group.outputs = std::move(outputs);
            by_id_.emplace(group.id.value, &group);
        }
        group.members.insert(channel);
        return group;
    }
    void leave(std::uint32_t channel, sv2::ChannelId group);

    Group* find(sv2::ChannelId id);
    const Group* find(sv2::ChannelId id) const;

    /// In the order of their terms.
    auto begin() { return groups_.begin(); }
    auto end() { return groups_.end(); }
    auto begin() const { return groups_.begin(); }
    auto end() const { return groups_.end(); }
    std::size_t size() const { return groups_.size(); }

  private:
    std::map<GroupTerms, Group> groups_{};
    std::map<std::uint32_t, Group*> by_id_{};
};

}  // namespace gateway
