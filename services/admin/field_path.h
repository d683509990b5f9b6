#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace admin {

/// What a field of a row holds, as filters and orders compare it: nothing where it is not set;
/// times and durations in nanoseconds, enums by number. Text lies in the row.
using Value = std::variant<std::monostate, std::int64_t, std::uint64_t, double, std::string_view>;

/// A total order: nothing, NaN, numbers, text. Integers compare exactly.
std::weak_ordering compare(const Value& a, const Value& b);

/// As of the end of the range, some 292 years from 1970, where it would not fit.
std::int64_t saturated_nanoseconds(std::int64_t seconds, std::int32_t nanoseconds);

enum class FieldKind { integer, real, text, boolean, enumeration, timestamp, duration, message };

/// A field of a message of one kind, by the names on the way to it: {"hash_rates",
/// "last_5_minutes"}; behind a map stands a key. Resolved once, then read from many rows.
class FieldPath {
  public:
    /// Errors: which name does not exist, and which do.
    static base::Result<FieldPath, std::string> resolve(const google::protobuf::Descriptor& row,
                                                        const std::vector<std::string>& names);

    FieldKind kind() const { return kind_; }
    /// The last field; of an entry of a map its value.
    const google::protobuf::FieldDescriptor& field() const { return *steps_.back().field; }
    /// It ends at a map, without a key.
    bool is_map() const;
    /// A row may have several values there.
    bool is_repeated() const { return is_repeated_; }

    /// The value; of several the first.
    Value value(const google::protobuf::Message& row) const;
    /// Whether `holds` is true for one of the values; one that is not set is none.
    bool any(const google::protobuf::Message& row,
             const std::function<bool(const Value&)>& holds) const;
    /// Whether it is set: a message that is there, a list with an element, a map with `key` where
    /// one is given; a number or a text other than 0 and "".
    bool is_set(const google::protobuf::Message& row,
                const std::optional<std::string>& key = std::nullopt) const;

  private:
    struct Step {
        const google::protobuf::FieldDescriptor* field = nullptr;
        /// Of a map: which entry.
        std::optional<std::string> key{};
    };
    /// Gives true to stop.
    using Visit = std::function<bool(const google::protobuf::Message& holder)>;
    /// As far as the way does not part, from this step on; null where something is not set.
    const google::protobuf::Message* descend(const google::protobuf::Message& from,
                                             std::size_t& step) const;
    bool walk(const google::protobuf::Message& from, std::size_t step, const Visit& visit) const;
    Value read(const google::protobuf::Message& holder, int index) const;

    std::vector<Step> steps_{};
    FieldKind kind_ = FieldKind::message;
    bool is_repeated_ = false;
};

/// "name, user_identity, kind": what a message has, for whoever asked for something else.
std::string field_names(const google::protobuf::Descriptor& message);

}  // namespace admin
