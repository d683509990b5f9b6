#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "aditctl/text.h"

namespace aditctl {

/// A message as the API's JSON, in one line: names as in the .proto, nothing left out.
std::string to_json(const google::protobuf::Message& message);

/// A message for people: a line for each field that is set, `name  value`, names as in the .proto
/// so that they can be used in filters.
std::string describe(const google::protobuf::Message& message, Now now);

}  // namespace aditctl
