#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace admin {

/// Why a filter or an order cannot be read, in words for the operator: what, where (in bytes from
/// 1), and which names there are.
struct QueryError {
    std::size_t position = 0;
    std::string text{};
    /// "at 7: there is no field ..."
    std::string to_string() const;
};

/// A filter of the API (proto/adit/admin/v1/page.proto), parsed once and asked for many rows, of a
/// list or of a watch. A value; cheap to copy.
class Filter {
  public:
    /// Lets everything through.
    Filter() = default;

    /// For rows of this kind. Errors: the filter, with the place. Never fails otherwise, whatever
    /// bytes it is given.
    static base::Result<Filter, QueryError> parse(const google::protobuf::Descriptor& row,
                                                  std::string_view text);

    bool matches(const google::protobuf::Message& row) const {
        return root_ == nullptr || root_->matches(row);
    }
    bool is_empty() const { return root_ == nullptr; }

    /// A part of a filter.
    class Node {
      public:
        virtual ~Node() = default;
        virtual bool matches(const google::protobuf::Message& row) const = 0;

      protected:
        Node() = default;
        Node(const Node&) = default;
        Node& operator=(const Node&) = default;
    };

  private:
    explicit Filter(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

    std::shared_ptr<const Node> root_{};
};

/// What a filter may be at most: strangers do not write filters, but programs do.
inline constexpr std::size_t filter_size_max = 4096;
inline constexpr std::size_t filter_depth_max = 32;

}  // namespace admin
