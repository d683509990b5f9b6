#include "sv1/parse_values.h"

#include <charconv>
#include <cmath>

#include "sv1/text.h"

namespace sv1 {
namespace {

std::optional<std::string_view> string_of(const simdjson::dom::element& value) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
    return text;
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

base::Result<Parameters, CallError> Parameters::of(
    const simdjson::simdjson_result<simdjson::dom::element>& params) {
    Parameters parameters;
    simdjson::dom::element value;
    if (params.get(value) != simdjson::SUCCESS || value.is_null()) return parameters;
    simdjson::dom::array list;
    if (value.get_array().get(list) != simdjson::SUCCESS)
        return base::unexpected(CallError::parameters_not_a_list);
    for (const auto entry : list) {
        if (parameters.size_ == parameters_max) break;
        parameters.values_[parameters.size_++] = entry;
    }
    return parameters;
}

base::Result<std::string_view, CallError> text_at(const Parameters& params, std::size_t index) {
    if (!params.has(index)) return base::unexpected(CallError::parameter_missing);
    const auto text = string_of(params[index]);
    if (!text) return base::unexpected(CallError::text_expected);
    if (text->size() > text_size_max) return base::unexpected(CallError::text_too_long);
    return *text;
}

base::Result<std::string_view, CallError> text_or_empty(const Parameters& params,
                                                        std::size_t index) {
    if (!params.has(index)) return std::string_view{};
    return text_at(params, index);
}

base::Result<std::uint32_t, CallError> hex32_at(const Parameters& params, std::size_t index,
                                                CallError error) {
    if (!params.has(index)) return base::unexpected(CallError::parameter_missing);
    if (const auto number = hex32_of(params[index])) return *number;
    return base::unexpected(error);
}

base::Result<ExtranonceBytes, CallError> extranonce_at(const Parameters& params,
                                                       std::size_t index) {
    if (!params.has(index)) return base::unexpected(CallError::parameter_missing);
    if (const auto extranonce = extranonce_of(params[index])) return *extranonce;
    return base::unexpected(CallError::bad_extranonce);
}

base::Result<std::uint32_t, CallError> number_at(const Parameters& params, std::size_t index) {
    if (!params.has(index)) return base::unexpected(CallError::parameter_missing);
    if (const auto number = whole_of(params[index])) return *number;
    return base::unexpected(CallError::bad_number);
}

std::optional<double> difficulty_of(const simdjson::dom::element& value) {
    std::optional<double> number;
    double read{};
    if (const auto text = string_of(value))
        number = number_in<double>(*text);
    else if (value.get_double().get(read) == simdjson::SUCCESS)
        number = read;
    if (!number || !std::isfinite(*number) || *number <= 0) return std::nullopt;
    return number;
}

std::optional<std::uint32_t> hex32_of(const simdjson::dom::element& value) {
    const auto text = string_of(value);
    return text ? parse_hex32(*text) : std::nullopt;
}

std::optional<std::uint32_t> whole_of(const simdjson::dom::element& value) {
    if (const auto text = string_of(value)) return number_in<std::uint32_t>(*text);
    std::uint64_t number{};
    if (value.get_uint64().get(number) != simdjson::SUCCESS || number > 0xffff'ffffU)
        return std::nullopt;
    return static_cast<std::uint32_t>(number);
}

std::optional<ExtranonceBytes> extranonce_of(const simdjson::dom::element& value) {
    const auto text = string_of(value);
    if (!text) return std::nullopt;
    ExtranonceBytes extranonce;
    const auto size = parse_hex(*text, extranonce.bytes);
    if (!size) return std::nullopt;
    extranonce.size = *size;
    return extranonce;
}

std::optional<Id> id_of(const simdjson::simdjson_result<simdjson::dom::element>& value) {
    simdjson::dom::element id;
    if (value.get(id) != simdjson::SUCCESS) return Id{};
    switch (id.type()) {
        case simdjson::dom::element_type::NULL_VALUE: return Id::null();
        case simdjson::dom::element_type::INT64: return Id::of(id.get_int64().value_unsafe());
        case simdjson::dom::element_type::UINT64: return Id::of(id.get_uint64().value_unsafe());
        case simdjson::dom::element_type::STRING:
            return Id::of_text(id.get_string().value_unsafe());
        default: return std::nullopt;
    }
}

}  // namespace sv1
