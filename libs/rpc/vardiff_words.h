#pragma once

#include <adit/vardiff/v1/vardiff.pb.h>

#include <string>

namespace rpc {

/// What vardiff tells of a channel, for operators: the same words wherever they read them.

/// "3.19 MH/s".
std::string hash_rate_text(double hashes_per_second);
/// Of a target as messages have it; "?" for what is none.
std::string difficulty_text(const std::string& target);
/// One entry of a channel's history, without its time.
std::string history_text(const adit::vardiff::v1::HistoryEntry& entry);

}  // namespace rpc
