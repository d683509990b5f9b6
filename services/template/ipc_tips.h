#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "bitcoin/target.h"

namespace templates {

/// The tips of a node in the order in which it had them. What it says of its tip and what its
/// templates build on arrive by different ways: neither may lead back to an older tip. Pure state.
class IpcTips {
  public:
    /// The node's tip is this now, also if it was before: after a reorg.
    void on_tip(const bitcoin::BlockHash& tip) {
        std::erase(tips_, tip);
        tips_.push_back(tip);
        if (tips_.size() > tips_max) tips_.pop_front();
    }

    /// Whether a template that builds on this is of the newest tip; one that was not heard of is.
    bool is_newest(const bitcoin::BlockHash& prev_hash) {
        if (std::find(tips_.begin(), tips_.end(), prev_hash) == tips_.end()) on_tip(prev_hash);
        return tips_.back() == prev_hash;
    }

  private:
    static constexpr std::size_t tips_max = 16;  // longer ago than any call takes

    std::deque<bitcoin::BlockHash> tips_{};
};

/// The templates that are held at the node, since a solution may come for each, by our names for
/// them. Pure state, bounded as the TemplateStore is: the node need hold no more than we can solve.
template <class Handle>
class IpcShelf {
  public:
    struct Limits {
        std::size_t tips = 4;
        std::size_t templates_per_tip = 64;
    };

    explicit IpcShelf(Limits limits) : limits_(limits) {}

    /// Names only grow. Gives what is held no longer.
    std::vector<Handle> add(std::uint64_t origin, const bitcoin::BlockHash& prev_hash,
                            Handle handle) {
        std::erase(tips_, prev_hash);
        tips_.push_back(prev_hash);
        held_.emplace_hint(held_.end(), origin, Held{prev_hash, std::move(handle)});
        std::vector<Handle> dropped;
        if (tips_.size() > limits_.tips) {
            const auto oldest = tips_.front();
            tips_.pop_front();
            for (auto entry = held_.begin(); entry != held_.end();)
                entry = entry->second.prev_hash == oldest ? take(entry, dropped) : std::next(entry);
        }
        const auto is_of_tip = [&](const auto& entry) {
            return entry.second.prev_hash == prev_hash;
        };
        const auto count = std::count_if(held_.begin(), held_.end(), is_of_tip);
        if (static_cast<std::size_t>(count) > limits_.templates_per_tip)
            take(std::find_if(held_.begin(), held_.end(), is_of_tip), dropped);
        return dropped;
    }

    /// Null when it is not held.
    Handle* find(std::uint64_t origin) {
        const auto found = held_.find(origin);
        return found == held_.end() ? nullptr : &found->second.handle;
    }

    std::size_t size() const { return held_.size(); }

  private:
    struct Held {
        bitcoin::BlockHash prev_hash{};
        Handle handle;
    };
    using Entries = std::map<std::uint64_t, Held>;

    typename Entries::iterator take(typename Entries::iterator entry,
                                    std::vector<Handle>& dropped) {
        dropped.push_back(std::move(entry->second.handle));
        return held_.erase(entry);
    }

    Limits limits_;
    Entries held_{};
    std::deque<bitcoin::BlockHash> tips_{};
};

}  // namespace templates
