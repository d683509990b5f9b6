#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace admin {

/// The header Adit-Signature: "t=<unix seconds>,v1=<hex>", where v1 is HMAC-SHA256 under the
/// webhook's secret over "<unix seconds>.<body>". Who receives it computes the same, compares in
/// constant time, and refuses what is older than some minutes, so that nobody can replay it.
std::string webhook_signature(std::string_view secret, std::int64_t unix_seconds,
                              std::string_view body);

}  // namespace admin
