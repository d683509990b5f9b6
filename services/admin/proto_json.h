#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "base/clock.h"

namespace admin {

/// A message in proto3's JSON with its fields' own names, as every reader of the API has it. Fields
/// that are zero are left out.
std::string to_json(const google::protobuf::Message& message);

/// A moment as the same JSON writes it.
std::string to_json_time(base::UnixMicros at);

}  // namespace admin
