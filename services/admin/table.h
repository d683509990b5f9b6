#pragma once

#include <google/protobuf/util/message_differencer.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace admin {

/// Counts the changes of a table, from 1.
using Version = std::uint64_t;

/// The rows of one collection of the API, by name, with what has changed since when. A row is the
/// API's own message, so that filters, orders and JSON know every field that an operator sees.
/// Owned by View; filled by exactly one source, read by all; the loop's.
template <class Row>
class Table {
  public:
    /// What a watcher that knows `version` is to be told.
    struct Changes {
        std::vector<const Row*> upserted{};
        std::vector<std::string> removed{};
        Version version = 0;
    };

    /// Puts the row in the place of the one of its name. What does not differ is no change.
    void upsert(Row row) {
        auto& slot = rows_[row.name()];
        if (slot.version != 0 && google::protobuf::util::MessageDifferencer::Equals(slot.row, row))
            return;
        if (slot.version != 0) by_version_.erase(slot.version);
        removed_.erase(row.name());
        slot.row = std::move(row);
        slot.version = ++version_;
        by_version_.emplace(slot.version, &slot.row);
    }

    void erase(std::string_view name) {
        const auto found = rows_.find(name);
        if (found == rows_.end()) return;
        by_version_.erase(found->second.version);
        removed_[found->first] = ++version_;
        rows_.erase(found);
        forget_old_removals();
    }

    /// Leaves those rows for which `keep` is true.
    void erase_unless(const std::function<bool(const Row&)>& keep) {
        std::vector<std::string> names;
        for (const auto& [name, slot] : rows_)
            if (!keep(slot.row)) names.push_back(name);
        for (const auto& name : names) erase(name);
    }

    /// Null if there is none of this name; valid until the next change.
    const Row* find(std::string_view name) const {
        const auto found = rows_.find(name);
        return found == rows_.end() ? nullptr : &found->second.row;
    }
    std::size_t size() const { return rows_.size(); }
    void for_each(const std::function<void(const Row&)>& act) const {
        for (const auto& [name, slot] : rows_) act(slot.row);
    }

    Version version() const { return version_; }
    /// Whether since() can tell everything that happened after `version`.
    bool knows(Version version) const { return version >= forgotten_ && version <= version_; }
    Changes since(Version version) const {
        Changes changes;
        changes.version = version_;
        for (auto at = by_version_.upper_bound(version); at != by_version_.end(); ++at)
            changes.upserted.push_back(at->second);
        for (const auto& [name, when] : removed_)
            if (when > version) changes.removed.push_back(name);
        return changes;
    }

  private:
    struct Slot {
        Row row{};
        Version version = 0;
    };
    static constexpr std::size_t removals_kept = 100'000;

    void forget_old_removals() {
        if (removed_.size() <= removals_kept) return;
        forgotten_ = version_;
        removed_.clear();
    }

    std::map<std::string, Slot, std::less<>> rows_{};
    std::map<Version, const Row*> by_version_{};
    std::map<std::string, Version, std::less<>> removed_{};
    Version forgotten_ = 0;
    Version version_ = 0;
};

}  // namespace admin
