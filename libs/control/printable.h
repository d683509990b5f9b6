#pragma once

#include <string>
#include <string_view>

namespace control {

/// The text as UTF-8, which a protobuf string has to be: what a peer sent in its place is `?`.
std::string to_utf8(std::string_view text);

}  // namespace control
