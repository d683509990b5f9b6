#include "sv1/parse_result.h"

namespace sv1 {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

/// Of `[["mining.set_difficulty", "1"], ["mining.notify", "1"]]`: some pools say one id for all.
std::string_view session_in(const element& subscriptions) {
    array pairs;
    if (subscriptions.get_array().get(pairs) != simdjson::SUCCESS) return {};
    for (const auto pair : pairs) {
        std::string_view method;
        std::string_view id;
        if (pair.at(0).get_string().get(method) == simdjson::SUCCESS &&
            pair.at(1).get_string().get(id) == simdjson::SUCCESS && method == "mining.notify" &&
            id.size() <= text_size_max)
            return id;
    }
    return {};
}

ResultValue subscribe_result(const array& parts) {
    element subscriptions;
    element extranonce1;
    element extranonce2_size;
    if (parts.at(0).get(subscriptions) != simdjson::SUCCESS ||
        parts.at(1).get(extranonce1) != simdjson::SUCCESS ||
        parts.at(2).get(extranonce2_size) != simdjson::SUCCESS)
        return OtherResult{};
    const auto bytes = extranonce_of(extranonce1);
    const auto size = whole_of(extranonce2_size);
    if (!bytes || !size || *size > extranonce_size_max) return OtherResult{};
    return SubscribeResult{session_in(subscriptions), *bytes, *size};
}

std::optional<bool> bool_of(const element& value) {
    bool claim{};
    if (value.get_bool().get(claim) != simdjson::SUCCESS) return std::nullopt;
    return claim;
}

ResultValue configure_result(const object& values) {
    ConfigureResult result;
    for (const auto [key, value] : values) {
        if (key == version_rolling) result.version_rolling = bool_of(value);
        if (key == "version-rolling.mask") result.version_rolling_mask = hex32_of(value);
        if (key == minimum_difficulty) result.minimum_difficulty = bool_of(value);
        if (key == subscribe_extranonce) result.subscribe_extranonce = bool_of(value);
    }
    return result;
}

}  // namespace

ResultValue parse_result(const simdjson::simdjson_result<element>& result) {
    element value;
    if (result.get(value) != simdjson::SUCCESS) return NullResult{};
    switch (value.type()) {
        case simdjson::dom::element_type::NULL_VALUE: return NullResult{};
        case simdjson::dom::element_type::BOOL: return value.get_bool().value_unsafe();
        case simdjson::dom::element_type::STRING: return value.get_string().value_unsafe();
        case simdjson::dom::element_type::ARRAY:
            return subscribe_result(value.get_array().value_unsafe());
        case simdjson::dom::element_type::OBJECT:
            return configure_result(value.get_object().value_unsafe());
        default: return OtherResult{};
    }
}

std::optional<ErrorValue> parse_error(const simdjson::simdjson_result<element>& error) {
    element value;
    if (error.get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
    ErrorValue said;
    // A list with code and text, or, at pools that follow JSON-RPC 2, an object with both.
    const bool is_list = value.is_array();
    const auto code = is_list ? value.at(0) : value.at_key("code");
    const auto text = is_list ? value.at(1) : value.at_key("message");
    if (code.get_int64().get(said.code) != simdjson::SUCCESS) said.code = 0;
    if (text.get_string().get(said.text) != simdjson::SUCCESS) said.text = {};
    if (value.is_string()) said.text = value.get_string().value_unsafe();
    return said;
}

}  // namespace sv1
