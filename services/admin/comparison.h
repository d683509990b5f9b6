#pragma once

#include <memory>
#include <string>

#include "admin/field_path.h"
#include "admin/filter.h"
#include "base/result.h"

namespace admin {

enum class Comparator { equal, unequal, less, at_most, greater, at_least, has };

/// A literal as it was written.
struct Literal {
    std::string text{};
    /// In quotes: `*` is a letter then where it asks for presence.
    bool is_quoted = false;
};

/// One comparison of a filter, with the literal read as the field's kind asks. Errors: in words,
/// what the field could be compared with.
base::Result<std::shared_ptr<const Filter::Node>, std::string> make_comparison(
    FieldPath path, Comparator comparator, const Literal& literal);

/// "Is in the name", or in what else a row is found by; capitals do not matter.
std::shared_ptr<const Filter::Node> make_name_search(const google::protobuf::Descriptor& row,
                                                     const std::string& word);

/// An enumerator by its name, in any case, with or without the prefix that all of its enum have.
/// Errors: which ones there are.
base::Result<std::int64_t, std::string> read_enumerator(
    const google::protobuf::EnumDescriptor& values, std::string_view name);

}  // namespace admin
