#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/comparison.h"
#include "admin/filter.h"
#include "base/result.h"

namespace admin {

/// The left side of a comparison, or a word by itself.
struct Member {
    /// As written, without quotes.
    std::string text{};
    /// Cut at its dots; what stands in quotes is one name.
    std::vector<std::string> names{};
    bool is_quoted = false;
};

/// Reads the words of a filter or an order, one after the other. White space separates and is
/// otherwise skipped.
class QueryReader {
  public:
    explicit QueryReader(std::string_view text) : text_(text) { skip_space(); }

    bool is_at_end() const { return at_ == text_.size(); }
    /// Of what comes next, in bytes from 1.
    std::size_t position() const { return at_ + 1; }

    bool sees(char letter) const { return !is_at_end() && text_[at_] == letter; }
    bool take(char letter);
    /// A word of its own, as it is written: AND, OR, NOT.
    bool sees_word(std::string_view word) const;
    bool take_word(std::string_view word);
    std::optional<Comparator> take_comparator();

    /// Errors: nothing there that could be one, or quotes without an end.
    base::Result<Member, QueryError> take_member();
    base::Result<Literal, QueryError> take_literal();

  private:
    void skip_space();
    /// Behind the quote at `at_`, with \" and \\ resolved.
    base::Result<std::string, QueryError> take_quoted();
    QueryError missing(const std::string& what) const;

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace admin
