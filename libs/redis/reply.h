#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace redis {

/// What Redis answered, as a plain value (RESP 2). Status and bulk strings are both strings.
struct Reply {
    struct Nil {
        friend constexpr bool operator==(Nil, Nil) = default;
    };
    /// An error inside an array; one at the top becomes an Error instead.
    struct ErrorText {
        std::string text{};
        friend bool operator==(const ErrorText&, const ErrorText&) = default;
    };
    using Array = std::vector<Reply>;

    std::variant<Nil, std::int64_t, std::string, ErrorText, Array> value{};

    bool is_nil() const { return std::holds_alternative<Nil>(value); }
    /// The named kind, or a null pointer when the reply is of another.
    const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value); }
    const std::string* string() const { return std::get_if<std::string>(&value); }
    const ErrorText* error() const { return std::get_if<ErrorText>(&value); }
    const Array* array() const { return std::get_if<Array>(&value); }
    /// The string at this place of an array; empty when there is none.
    std::string_view string_at(std::size_t index) const {
        const auto* items = array();
        if (items == nullptr || index >= items->size()) return {};
        const auto* text = (*items)[index].string();
        return text == nullptr ? std::string_view{} : std::string_view{*text};
    }

    friend bool operator==(const Reply&, const Reply&) = default;
};

}  // namespace redis
