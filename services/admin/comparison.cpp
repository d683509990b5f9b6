#include "admin/comparison.h"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/integer.h"

namespace admin {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::Message;
using google::protobuf::util::TimeUtil;

char to_lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string to_lower(std::string_view text) {
    std::string lower{text};
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return to_lower(c); });
    return lower;
}

/// `part` is in lower case.
bool contains(std::string_view whole, std::string_view part) {
    return std::search(whole.begin(), whole.end(), part.begin(), part.end(),
                       [](char a, char b) { return to_lower(a) == b; }) != whole.end();
}

bool holds(Comparator comparator, std::weak_ordering order) {
    switch (comparator) {
        case Comparator::has:
        case Comparator::equal: return order == 0;
        case Comparator::unequal: return order != 0;
        case Comparator::less: return order < 0;
        case Comparator::at_most: return order <= 0;
        case Comparator::greater: return order > 0;
        case Comparator::at_least: return order >= 0;
    }
    return false;
}

class NumberComparison final : public Filter::Node {
  public:
    NumberComparison(FieldPath path, Comparator comparator, Value literal)
        : path_(std::move(path)), comparator_(comparator), literal_(literal) {}
    bool matches(const Message& row) const override {
        // What is not set is unequal to everything, and nothing else.
        if (comparator_ == Comparator::unequal)
            return !path_.any(row, [this](const Value& v) { return compare(v, literal_) == 0; });
        return path_.any(
            row, [this](const Value& v) { return holds(comparator_, compare(v, literal_)); });
    }

  private:
    FieldPath path_;
    Comparator comparator_;
    Value literal_;
};

class TextComparison final : public Filter::Node {
  public:
    TextComparison(FieldPath path, Comparator comparator, std::string_view text)
        : path_(std::move(path)), comparator_(comparator), text_(text) {
        if (comparator == Comparator::has) {
            text_ = to_lower(text_);
        } else if (comparator == Comparator::equal || comparator == Comparator::unequal) {
            starts_anyhow_ = text_.starts_with('*');
            if (starts_anyhow_) text_.erase(0, 1);
            ends_anyhow_ = text_.ends_with('*');
            if (ends_anyhow_) text_.pop_back();
        }
    }
    bool matches(const Message& row) const override {
        if (comparator_ == Comparator::unequal)
            return !path_.any(row, [this](const Value& v) { return equals(text_of(v)); });
        return path_.any(row, [this](const Value& v) { return matches_text(text_of(v)); });
    }

  private:
    static std::string_view text_of(const Value& value) {
        const auto* text = std::get_if<std::string_view>(&value);
        return text == nullptr ? std::string_view{} : *text;
    }
    bool equals(std::string_view text) const {
        if (starts_anyhow_ && ends_anyhow_) return text.find(text_) != std::string_view::npos;
        if (starts_anyhow_) return text.ends_with(text_);
        return ends_anyhow_ ? text.starts_with(text_) : text == text_;
    }
    bool matches_text(std::string_view text) const {
        if (comparator_ == Comparator::equal) return equals(text);
        if (comparator_ == Comparator::has) return contains(text, text_);
        return holds(comparator_, text <=> std::string_view{text_});
    }

    FieldPath path_;
    Comparator comparator_;
    std::string text_;
    bool starts_anyhow_ = false;
    bool ends_anyhow_ = false;
};

class Presence final : public Filter::Node {
  public:
    Presence(FieldPath path, std::optional<std::string> key)
        : path_(std::move(path)), key_(std::move(key)) {}
    bool matches(const Message& row) const override { return path_.is_set(row, key_); }

  private:
    FieldPath path_;
    std::optional<std::string> key_;
};

class NameSearch final : public Filter::Node {
  public:
    NameSearch(FieldPath name, std::string_view word)
        : name_(std::move(name)), word_(to_lower(word)) {}
    bool matches(const Message& row) const override {
        const auto value = name_.value(row);
        const auto* text = std::get_if<std::string_view>(&value);
        return text != nullptr && contains(*text, word_);
    }

  private:
    FieldPath name_;
    std::string word_;
};

base::Result<Value, std::string> read_number(std::string_view text, FieldKind kind) {
    if (kind == FieldKind::integer) {
        if (const auto number = base::parse_integer<std::uint64_t>(text)) return Value{*number};
        if (const auto number = base::parse_integer<std::int64_t>(text)) return Value{*number};
    }
    double number = 0;
    const auto* end = text.data() + text.size();
    const auto [behind, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || behind != end || std::isnan(number))
        return base::unexpected("\"" + std::string{text} +
                                "\" is no number, such as 12, -0.5, 1e12");
    return Value{number};
}

base::Result<Value, std::string> read_time(const std::string& text) {
    google::protobuf::Timestamp time;
    if (!TimeUtil::FromString(text, &time))
        return base::unexpected("\"" + text + "\" is no time, such as 2026-01-31T12:00:00Z");
    return Value{saturated_nanoseconds(time.seconds(), time.nanos())};
}

base::Result<Value, std::string> read_duration(const std::string& text) {
    google::protobuf::Duration duration;
    if (!TimeUtil::FromString(text, &duration))
        return base::unexpected("\"" + text + "\" is no duration, such as 90s or 0.5s");
    return Value{saturated_nanoseconds(duration.seconds(), duration.nanos())};
}

base::Result<Value, std::string> read_literal(const FieldPath& path, const std::string& text) {
    switch (path.kind()) {
        case FieldKind::integer:
        case FieldKind::real: return read_number(text, path.kind());
        case FieldKind::boolean:
            if (text == "true" || text == "false") return Value{std::int64_t{text == "true"}};
            return base::unexpected("\"" + text + "\" is neither true nor false");
        case FieldKind::enumeration:
            return read_enumerator(*path.field().enum_type(), text)
                .transform([](std::int64_t number) { return Value{number}; });
        case FieldKind::timestamp: return read_time(text);
        case FieldKind::duration: return read_duration(text);
        case FieldKind::text:
        case FieldKind::message: break;
    }
    return base::unexpected(std::string{"it has no value"});
}

/// What all names of an enum begin with, up to an underscore: "STATE_".
std::string common_prefix(const EnumDescriptor& values) {
    std::string prefix = values.value(0)->name();
    for (int i = 1; i < values.value_count(); ++i) {
        const auto& name = values.value(i)->name();
        const auto same = std::mismatch(prefix.begin(), prefix.end(), name.begin(), name.end());
        prefix.erase(same.first, prefix.end());
    }
    prefix.erase(prefix.rfind('_') == std::string::npos ? 0 : prefix.rfind('_') + 1);
    return to_lower(prefix);
}

}  // namespace

base::Result<std::int64_t, std::string> read_enumerator(const EnumDescriptor& values,
                                                        std::string_view name) {
    const auto wanted = to_lower(name);
    const auto prefix = common_prefix(values);
    std::string known;
    for (int i = 0; i < values.value_count(); ++i) {
        const auto full = to_lower(values.value(i)->name());
        const auto bare = full.substr(prefix.size());
        if (wanted == full || wanted == bare) return values.value(i)->number();
        known += (i == 0 ? "" : ", ") + bare;
    }
    return base::unexpected("\"" + std::string{name} + "\" is none of " + known);
}

base::Result<std::shared_ptr<const Filter::Node>, std::string> make_comparison(
    FieldPath path, Comparator comparator, const Literal& literal) {
    using Made = std::shared_ptr<const Filter::Node>;
    if (comparator == Comparator::has && literal.text == "*" && !literal.is_quoted)
        return Made{std::make_shared<Presence>(std::move(path), std::nullopt)};
    if (path.is_map()) {
        if (comparator != Comparator::has)
            return base::unexpected("\"" + path.field().name() + "\" is a map: compare an entry (" +
                                    path.field().name() + ".\"KEY\"), or ask whether it has one (" +
                                    path.field().name() + ":\"KEY\")");
        return Made{std::make_shared<Presence>(std::move(path), literal.text)};
    }
    if (path.kind() == FieldKind::message)
        return base::unexpected("\"" + path.field().name() + "\" is a message: compare " +
                                field_names(*path.field().message_type()) + " in it, or ask for " +
                                path.field().name() + ":*");
    if (path.kind() == FieldKind::text)
        return Made{std::make_shared<TextComparison>(std::move(path), comparator, literal.text)};
    const auto value = read_literal(path, literal.text);
    if (!value) return base::unexpected(value.error());
    return Made{std::make_shared<NumberComparison>(std::move(path), comparator, *value)};
}

std::shared_ptr<const Filter::Node> make_name_search(const google::protobuf::Descriptor& row,
                                                     const std::string& word) {
    auto name = FieldPath::resolve(row, {"name"});
    if (!name) return nullptr;
    return std::make_shared<NameSearch>(*std::move(name), word);
}

}  // namespace admin
