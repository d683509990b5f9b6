#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "simulation/redis/stream_data.h"

namespace simulation {

/// The place of a name in an order that Redis does not promise, and that the seed decides.
std::uint64_t place_of(std::string_view name, std::uint64_t seed);

/// A hash. While it is small, its fields come in the order in which they were added, as out of
/// Redis' listpack; then in an order that depends on the seed, as out of its hash table.
class HashData {
  public:
    struct Value {
        std::string text{};
        std::uint64_t added = 0;
    };
    using Fields = std::map<std::string, Value, std::less<>>;

    const std::string* find(std::string_view field) const;
    /// True when the field is new.
    bool set(std::string_view field, std::string_view text);
    bool erase(std::string_view field);
    std::size_t size() const { return fields_.size(); }
    bool is_table() const { return is_table_; }
    const Fields& fields() const { return fields_; }
    std::vector<const Fields::value_type*> ordered(std::uint64_t seed) const;

  private:
    Fields fields_{};
    std::uint64_t added_ = 0;
    bool is_table_ = false;
};

using SetData = std::set<std::string, std::less<>>;

/// A sorted set.
struct SortedData {
    std::map<std::string, double, std::less<>> scores{};
    std::set<std::pair<double, std::string>> ordered{};
};

using Value = std::variant<std::string, HashData, SetData, SortedData, StreamData>;

/// What a Redis holds. A key that has expired is gone when it is looked for.
class Keyspace {
  public:
    struct Entry {
        Value value{};
        std::optional<std::int64_t> expires_at_ms{};
    };
    struct KeyHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const {
            return std::hash<std::string_view>{}(key);
        }
    };
    using Entries = std::unordered_map<std::string, Entry, KeyHash, std::equal_to<>>;

    Entry* find(std::string_view key, std::int64_t now_ms);
    Entry& put(std::string_view key, Value value);
    bool erase(std::string_view key, std::int64_t now_ms);
    void clear() { entries_.clear(); }
    void drop_expired(std::int64_t now_ms) {
        std::erase_if(entries_,
                      [now_ms](const auto& one) { return is_expired(one.second, now_ms); });
    }

    const Entries& entries() const { return entries_; }
    /// In the millisecond itself it is still there.
    static bool is_expired(const Entry& entry, std::int64_t now_ms) {
        return entry.expires_at_ms && *entry.expires_at_ms < now_ms;
    }

  private:
    Entries entries_{};
};

}  // namespace simulation
