#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.h"

/// Moments between the pool's clocks, the API's messages and what people read.
namespace admin {

google::protobuf::Timestamp to_timestamp(base::UnixMicros at);
/// Of microseconds since 1970.
google::protobuf::Timestamp to_timestamp(std::int64_t micros);
base::UnixMicros from_timestamp(const google::protobuf::Timestamp& at);

/// "21:08:04 UTC": for what is wrong right now.
std::string utc_time(base::UnixMicros at);
/// "2026-11-26 21:08:04 UTC".
std::string utc_date_time(base::UnixMicros at);

}  // namespace admin
