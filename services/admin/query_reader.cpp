#include "admin/query_reader.h"

#include <array>
#include <utility>

namespace admin {
namespace {

bool is_space(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}
bool is_quote(char letter) {
    return letter == '"' || letter == '\'';
}
bool ends_literal(char letter) {
    return is_space(letter) || letter == '(' || letter == ')' || letter == ',';
}
bool ends_name(char letter) {
    return ends_literal(letter) || is_quote(letter) ||
           std::string_view{"=!<>:"}.find(letter) != std::string_view::npos;
}

}  // namespace

void QueryReader::skip_space() {
    while (!is_at_end() && is_space(text_[at_])) ++at_;
}

bool QueryReader::take(char letter) {
    if (!sees(letter)) return false;
    ++at_;
    skip_space();
    return true;
}

bool QueryReader::sees_word(std::string_view word) const {
    if (!text_.substr(at_).starts_with(word)) return false;
    const auto end = at_ + word.size();
    return end == text_.size() || ends_literal(text_[end]);
}

bool QueryReader::take_word(std::string_view word) {
    if (!sees_word(word)) return false;
    at_ += word.size();
    skip_space();
    return true;
}

std::optional<Comparator> QueryReader::take_comparator() {
    static constexpr std::array<std::pair<std::string_view, Comparator>, 7> comparators{{
        {"!=", Comparator::unequal},
        {"<=", Comparator::at_most},
        {">=", Comparator::at_least},
        {"=", Comparator::equal},
        {"<", Comparator::less},
        {">", Comparator::greater},
        {":", Comparator::has},
    }};
    for (const auto& [sign, comparator] : comparators) {
        if (!text_.substr(at_).starts_with(sign)) continue;
        at_ += sign.size();
        skip_space();
        return comparator;
    }
    return std::nullopt;
}

base::Result<std::string, QueryError> QueryReader::take_quoted() {
    const auto opened_at = position();
    const char quote = text_[at_++];
    std::string read;
    while (!is_at_end() && text_[at_] != quote) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        read += text_[at_++];
    }
    if (is_at_end()) return base::unexpected(QueryError{opened_at, "these quotes have no end"});
    ++at_;
    return read;
}

base::Result<Member, QueryError> QueryReader::take_member() {
    Member member;
    std::string name;
    const auto begin = at_;
    while (!is_at_end()) {
        const char letter = text_[at_];
        if (is_quote(letter)) {
            auto quoted = take_quoted();
            if (!quoted) return base::unexpected(quoted.error());
            name += *quoted;
            member.text += *quoted;
            member.is_quoted = true;
            continue;
        }
        if (ends_name(letter)) break;
        if (letter == '.')
            member.names.push_back(std::exchange(name, {}));
        else
            name += letter;
        member.text += letter;
        ++at_;
    }
    if (at_ == begin) return base::unexpected(missing("a field or a word"));
    member.names.push_back(std::move(name));
    skip_space();
    return member;
}

base::Result<Literal, QueryError> QueryReader::take_literal() {
    Literal literal;
    if (!is_at_end() && is_quote(text_[at_])) {
        auto quoted = take_quoted();
        if (!quoted) return base::unexpected(quoted.error());
        literal = {*std::move(quoted), true};
    } else {
        const auto begin = at_;
        while (!is_at_end() && !ends_literal(text_[at_])) ++at_;
        if (at_ == begin) return base::unexpected(missing("something to compare with"));
        literal.text = text_.substr(begin, at_ - begin);
    }
    skip_space();
    return literal;
}

QueryError QueryReader::missing(const std::string& what) const {
    if (is_at_end()) return {position(), what + " is missing at the end"};
    return {position(),
            "here stands \"" + std::string{text_.substr(at_, 1)} + "\" where " + what + " should"};
}

}  // namespace admin
