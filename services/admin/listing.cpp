#include "admin/listing.h"

#include <algorithm>
#include <utility>

namespace admin {

base::Result<PageBuilder, ListError> PageBuilder::make(const google::protobuf::Descriptor& row,
                                                       const ListQuery& query) {
    if (query.page_size < 0)
        return base::unexpected(ListError{ListErrorKind::page_size, "page_size is negative"});
    auto filter = Filter::parse(row, query.filter);
    if (!filter)
        return base::unexpected(
            ListError{ListErrorKind::filter, "filter, " + filter.error().to_string()});
    auto order = Order::parse(row, query.order_by);
    if (!order)
        return base::unexpected(
            ListError{ListErrorKind::order_by, "order_by, " + order.error().to_string()});
    PageBuilder builder{*std::move(filter), *std::move(order)};
    builder.page_size_ = static_cast<std::size_t>(
        query.page_size == 0 ? page_size_default : std::min(query.page_size, page_size_max));
    builder.query_ = query_hash(row.full_name(), query.name_prefix, query.filter, query.order_by);
    if (query.page_token.empty()) return builder;
    auto token = decode_page_token(query.page_token, *builder.token_);
    if (!token || token->keys.size() > builder.order_.size())
        return base::unexpected(ListError{ListErrorKind::page_token,
                                          "page_token is damaged: begin with the first page"});
    if (token->query != builder.query_ || token->keys.size() != builder.order_.size())
        return base::unexpected(ListError{
            ListErrorKind::page_token,
            "page_token is of a list with another filter, order_by or parent: keep them, or begin "
            "with the first page"});
    builder.after_ = std::move(token->keys);
    return builder;
}

void PageBuilder::offer(const google::protobuf::Message& row) {
    if (!filter_.matches(row)) return;
    ++total_size_;
    order_.read(row, keys_);
    if (!after_.empty() && !order_.is_before(after_, keys_)) return;
    const auto is_before_in_heap = [this](const Candidate& a, const Candidate& b) {
        return is_before(a, b);
    };
    if (best_.size() <= page_size_) {
        best_.push_back({keys_, &row});
        std::ranges::push_heap(best_, is_before_in_heap);
        return;
    }
    if (!order_.is_before(keys_, best_.front().keys)) return;
    std::ranges::pop_heap(best_, is_before_in_heap);
    best_.back().keys.swap(keys_);
    best_.back().row = &row;
    std::ranges::push_heap(best_, is_before_in_heap);
}

PageBuilder::Chosen PageBuilder::finish() && {
    std::ranges::sort_heap(
        best_, [this](const Candidate& a, const Candidate& b) { return is_before(a, b); });
    Chosen chosen;
    chosen.total_size = total_size_;
    const bool has_more = best_.size() > page_size_;
    if (has_more) best_.pop_back();
    for (const auto& candidate : best_) chosen.rows.push_back(candidate.row);
    if (has_more)
        chosen.next_page_token =
            encode_page_token({.query = query_, .keys = std::move(best_.back().keys)});
    return chosen;
}

}  // namespace admin
