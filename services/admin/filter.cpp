#include "admin/filter.h"

#include <optional>
#include <utility>
#include <vector>

#include "admin/comparison.h"
#include "admin/query_reader.h"

namespace admin {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using NodePtr = std::shared_ptr<const Filter::Node>;
using Parsed = base::Result<NodePtr, QueryError>;

class All final : public Filter::Node {
  public:
    explicit All(std::vector<NodePtr> parts) : parts_(std::move(parts)) {}
    bool matches(const Message& row) const override {
        for (const auto& part : parts_)
            if (!part->matches(row)) return false;
        return true;
    }

  private:
    std::vector<NodePtr> parts_;
};

class Any final : public Filter::Node {
  public:
    explicit Any(std::vector<NodePtr> parts) : parts_(std::move(parts)) {}
    bool matches(const Message& row) const override {
        for (const auto& part : parts_)
            if (part->matches(row)) return true;
        return false;
    }

  private:
    std::vector<NodePtr> parts_;
};

class Not final : public Filter::Node {
  public:
    explicit Not(NodePtr part) : part_(std::move(part)) {}
    bool matches(const Message& row) const override { return !part_->matches(row); }

  private:
    NodePtr part_;
};

/// The grammar of AIP-160, one function a rule; OR binds more closely than AND there.
class Parser {
  public:
    Parser(const Descriptor& row, std::string_view text) : row_(row), reader_(text) {}

    Parsed whole() {
        auto root = expression(0);
        if (root && !reader_.is_at_end())
            return fail("a \")\" too many, or no AND or OR before this");
        return root;
    }

  private:
    // All of these recurse by composite() alone, and no deeper than filter_depth_max.
    // NOLINTBEGIN(misc-no-recursion)

    /// sequence {AND sequence}; parts side by side mean AND, too.
    Parsed expression(std::size_t depth) {
        if (depth > filter_depth_max) return fail("too many parentheses within each other");
        std::vector<NodePtr> parts;
        do {
            do {
                auto part = alternatives(depth);
                if (!part) return part;
                parts.push_back(*std::move(part));
            } while (!reader_.is_at_end() && !reader_.sees(')') && !reader_.sees_word("AND"));
        } while (reader_.take_word("AND"));
        return parts.size() == 1 ? parts.front() : std::make_shared<All>(std::move(parts));
    }

    /// term {OR term}
    Parsed alternatives(std::size_t depth) {
        std::vector<NodePtr> parts;
        do {
            auto part = term(depth);
            if (!part) return part;
            parts.push_back(*std::move(part));
        } while (reader_.take_word("OR"));
        return parts.size() == 1 ? parts.front() : std::make_shared<Any>(std::move(parts));
    }

    /// [NOT | -] (comparison | "(" expression ")")
    Parsed term(std::size_t depth) {
        const bool is_negated = reader_.take_word("NOT") || reader_.take('-');
        auto part = reader_.sees('(') ? composite(depth) : comparison();
        if (!part || !is_negated) return part;
        return std::make_shared<Not>(*std::move(part));
    }

    Parsed composite(std::size_t depth) {
        const auto opened_at = reader_.position();
        reader_.take('(');
        auto inner = expression(depth + 1);
        if (inner && !reader_.take(')'))
            return base::unexpected(QueryError{opened_at, "this \"(\" has no \")\""});
        return inner;
    }

    // NOLINTEND(misc-no-recursion)

    Parsed comparison() {
        const auto at = reader_.position();
        const auto member = reader_.take_member();
        if (!member) return base::unexpected(member.error());
        const auto comparator = reader_.take_comparator();
        if (!comparator) return bare(*member);
        auto path = FieldPath::resolve(row_, member->names);
        if (!path) return base::unexpected(QueryError{at, path.error()});
        const auto literal_at = reader_.position();
        const auto literal = reader_.take_literal();
        if (!literal) return base::unexpected(literal.error());
        auto made = make_comparison(*std::move(path), *comparator, *literal);
        if (!made) return base::unexpected(QueryError{literal_at, made.error()});
        return *std::move(made);
    }

    /// A claim such as is_silent, else a word to look for.
    Parsed bare(const Member& member) {
        auto path = FieldPath::resolve(row_, member.names);
        if (path && path->kind() == FieldKind::boolean && !member.is_quoted) {
            auto claim = make_comparison(*std::move(path), Comparator::equal, {"true", false});
            if (claim) return *std::move(claim);
        }
        auto search = make_name_search(row_, member.text);
        if (search == nullptr) return fail("rows of this kind have no name to look in");
        return search;
    }

    Parsed fail(std::string text) const {
        return base::unexpected(QueryError{reader_.position(), std::move(text)});
    }

    const Descriptor& row_;
    QueryReader reader_;
};

}  // namespace

std::string QueryError::to_string() const {
    return "at " + std::to_string(position) + ": " + text;
}

base::Result<Filter, QueryError> Filter::parse(const Descriptor& row, std::string_view text) {
    if (text.size() > filter_size_max)
        return base::unexpected(QueryError{
            filter_size_max, "longer than " + std::to_string(filter_size_max) + " bytes"});
    if (QueryReader{text}.is_at_end()) return Filter{};
    auto root = Parser{row, text}.whole();
    if (!root) return base::unexpected(root.error());
    return Filter{*std::move(root)};
}

}  // namespace admin
