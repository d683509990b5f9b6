#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "admin/filter.h"
#include "admin/order.h"
#include "admin/page_token.h"
#include "admin/table.h"
#include "base/result.h"

namespace admin {

inline constexpr std::int32_t page_size_default = 50;
inline constexpr std::int32_t page_size_max = 1000;

/// What a List asks for (proto/adit/admin/v1/page.proto).
struct ListQuery {
    std::int32_t page_size = 0;
    std::string page_token{};
    std::string filter{};
    std::string order_by{};
    /// Only rows whose names begin so: a parent's, "identities/alice/".
    std::string name_prefix{};
};

enum class ListErrorKind { page_size, page_token, filter, order_by };
/// INVALID_ARGUMENT in any case.
struct ListError {
    ListErrorKind kind{};
    /// For the caller: what is wrong and what would be right.
    std::string text{};
};

/// The rows lie in the table: valid until its next change.
template <class Row>
struct Page {
    std::vector<const Row*> rows{};
    /// Empty: there is no more.
    std::string next_page_token{};
    /// Of all that match.
    std::uint32_t total_size = 0;
};

/// Chooses the rows of a page: looks at each row once, keeps those of the page. Its cost grows with
/// the rows of the table, and hardly with the page.
class PageBuilder {
  public:
    static base::Result<PageBuilder, ListError> make(const google::protobuf::Descriptor& row,
                                                     const ListQuery& query);

    void offer(const google::protobuf::Message& row);

    struct Chosen {
        std::vector<const google::protobuf::Message*> rows{};
        std::string next_page_token{};
        std::uint32_t total_size = 0;
    };
    Chosen finish() &&;

  private:
    struct Candidate {
        std::vector<Value> keys{};
        const google::protobuf::Message* row = nullptr;
    };

    PageBuilder(Filter filter, Order order)
        : filter_(std::move(filter)), order_(std::move(order)) {}
    bool is_before(const Candidate& a, const Candidate& b) const {
        return order_.is_before(a.keys, b.keys);
    }

    Filter filter_;
    Order order_;
    std::uint64_t query_ = 0;
    std::size_t page_size_ = 0;
    /// Behind these the page begins; their text lies in `*token_`. Empty for the first page.
    std::vector<Value> after_{};
    std::unique_ptr<std::string> token_ = std::make_unique<std::string>();
    std::vector<Value> keys_{};
    /// The best so far, one more than the page has: a heap with the last one on top.
    std::vector<Candidate> best_{};
    std::uint32_t total_size_ = 0;
};

/// One page of a table. Errors: what of the query cannot be understood.
template <class Row>
base::Result<Page<Row>, ListError> list(const Table<Row>& table, const ListQuery& query) {
    auto builder = PageBuilder::make(*Row::descriptor(), query);
    if (!builder) return base::unexpected(builder.error());
    table.for_each(query.name_prefix, [&](const Row& row) { builder->offer(row); });
    auto chosen = std::move(*builder).finish();
    Page<Row> page{.rows = {},
                   .next_page_token = std::move(chosen.next_page_token),
                   .total_size = chosen.total_size};
    page.rows.reserve(chosen.rows.size());
    for (const auto* row : chosen.rows) page.rows.push_back(static_cast<const Row*>(row));
    return page;
}

}  // namespace admin
