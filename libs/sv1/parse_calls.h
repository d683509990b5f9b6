#pragma once

#include <string_view>

#include "sv1/message.h"
#include "sv1/parse_values.h"

/// Inside the library only: the parameters of each method.
namespace sv1 {

base::Result<Call, CallError> parse_call(
    std::string_view method, const simdjson::simdjson_result<simdjson::dom::element>& params,
    Storage& storage);

}  // namespace sv1
