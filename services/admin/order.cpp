#include "admin/order.h"

#include <utility>

#include "admin/query_reader.h"

namespace admin {
namespace {

constexpr std::size_t terms_max = 8;

base::Result<FieldPath, QueryError> ordered_field(const google::protobuf::Descriptor& row,
                                                  const Member& member, std::size_t at) {
    auto path = FieldPath::resolve(row, member.names);
    if (!path) return base::unexpected(QueryError{at, path.error()});
    if (path->is_map() || path->kind() == FieldKind::message || path->is_repeated())
        return base::unexpected(QueryError{
            at, "\"" + member.text + "\" holds more than one value: nothing to order by"});
    return *std::move(path);
}

}  // namespace

base::Result<Order, QueryError> Order::parse(const google::protobuf::Descriptor& row,
                                             std::string_view text) {
    Order order;
    QueryReader reader{text};
    bool has_name = false;
    while (!reader.is_at_end()) {
        const auto at = reader.position();
        const auto member = reader.take_member();
        if (!member) return base::unexpected(member.error());
        auto path = ordered_field(row, *member, at);
        if (!path) return base::unexpected(path.error());
        const bool is_descending = reader.take_word("desc") || reader.take_word("DESC");
        if (!is_descending && !reader.take_word("asc")) reader.take_word("ASC");
        // What stands behind the name decides nothing any more.
        if (!has_name) order.terms_.push_back({*std::move(path), is_descending});
        has_name = has_name || member->text == "name";
        if (order.terms_.size() > terms_max)
            return base::unexpected(QueryError{at, "more than eight fields"});
        if (reader.is_at_end()) break;
        const auto comma_at = reader.position();
        if (!reader.take(',') || reader.is_at_end())
            return base::unexpected(
                QueryError{comma_at, "here should stand \"desc\", or a comma and another field"});
    }
    if (has_name) return order;
    auto name = FieldPath::resolve(row, {"name"});
    if (!name) return base::unexpected(QueryError{1, name.error()});
    order.terms_.push_back({*std::move(name), false});
    return order;
}

void Order::read(const google::protobuf::Message& row, std::vector<Value>& keys) const {
    keys.clear();
    for (const auto& term : terms_) keys.push_back(term.path.value(row));
}

bool Order::is_before(std::span<const Value> a, std::span<const Value> b) const {
    for (std::size_t i = 0; i < terms_.size(); ++i) {
        const auto order = compare(a[i], b[i]);
        if (order == 0) continue;
        return terms_[i].is_descending ? order > 0 : order < 0;
    }
    return false;
}

}  // namespace admin
