#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <span>
#include <string_view>
#include <vector>

#include "admin/field_path.h"
#include "admin/filter.h"
#include "base/result.h"

namespace admin {

/// The order of a list as AIP-132 writes it: "hash_rates.last_hour desc, name". The name is always
/// the last of its fields, so that no two rows are equal.
class Order {
  public:
    /// Errors: the field or word that it cannot be, with the place; more than eight fields.
    static base::Result<Order, QueryError> parse(const google::protobuf::Descriptor& row,
                                                 std::string_view text);

    std::size_t size() const { return terms_.size(); }
    /// One for each field.
    void read(const google::protobuf::Message& row, std::vector<Value>& keys) const;
    /// Whether `a` comes before `b`.
    bool is_before(std::span<const Value> a, std::span<const Value> b) const;
    /// By name alone, upwards: as a table's rows stand.
    bool is_by_name() const { return terms_.size() == 1 && !terms_.front().is_descending; }

  private:
    struct Term {
        FieldPath path;
        bool is_descending = false;
    };
    std::vector<Term> terms_{};
};

}  // namespace admin
