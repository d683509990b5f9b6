#include "sv1/id.h"

#include <algorithm>
#include <charconv>

#include "sv1/json_text.h"

namespace sv1 {

Id::Id(std::string_view json) : size_(static_cast<std::uint8_t>(json.size())) {
    std::copy(json.begin(), json.end(), json_.begin());
}

Id Id::null() {
    return Id{"null"};
}

template <class Int>
Id Id::of_number(Int number) {
    std::array<char, 20> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), number);
    return Id{{text.data(), static_cast<std::size_t>(written.ptr - text.data())}};
}

Id Id::of(std::int64_t number) {
    return of_number(number);
}

Id Id::of(std::uint64_t number) {
    return of_number(number);
}

std::optional<Id> Id::of_text(std::string_view text) {
    if (text.size() > json_size_max) return std::nullopt;
    std::string json;
    append_json_string(text, json);
    if (json.size() > json_size_max) return std::nullopt;
    return Id{json};
}

}  // namespace sv1
