#pragma once

#include <optional>

#include "sv1/message.h"
#include "sv1/parse_values.h"

/// Inside the library only: what a response says, told by its form.
namespace sv1 {

ResultValue parse_result(const simdjson::simdjson_result<simdjson::dom::element>& result);

/// Nothing for null and where there is none; a form of its own has code 0.
std::optional<ErrorValue> parse_error(
    const simdjson::simdjson_result<simdjson::dom::element>& error);

}  // namespace sv1
