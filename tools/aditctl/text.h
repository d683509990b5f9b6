#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <chrono>
#include <string>
#include <string_view>

/// Numbers and names as an operator reads them.
namespace aditctl {

using Now = std::chrono::system_clock::time_point;

/// "12.3 TH/s"; "0" for none.
std::string hash_rate_text(double hashes_per_second);
/// "1.23M".
std::string magnitude_text(double value);
/// "99.76 %". Never rounds a part up to the whole.
std::string percent_text(double ratio);
/// "0.5s", "12s", "3m", "2h 5m", "4d 3h".
std::string duration_text(std::chrono::milliseconds duration);
std::string duration_text(const google::protobuf::Duration& duration);
/// Since then: as a duration; "-" where the time is not set.
std::string age_text(const google::protobuf::Timestamp& time, Now now);
/// Until then: "in 3d", or "3m ago".
std::string due_text(const google::protobuf::Timestamp& time, Now now);
/// "2026-11-26 21:00:03"; UTC.
std::string time_text(const google::protobuf::Timestamp& time);
/// "312.50000000", in bitcoin.
std::string bitcoin_text(std::uint64_t satoshi);

/// STATE_NOT_READY of Service.State is "not_ready": a filter takes it so.
std::string enum_text(const google::protobuf::EnumValueDescriptor& value);
template <class Enum>
std::string enum_text(Enum value) {
    const auto* const found =
        google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(static_cast<int>(value));
    return found == nullptr ? std::to_string(static_cast<int>(value)) : enum_text(*found);
}

/// What miners wrote, without what a terminal would obey.
std::string printable(std::string_view text);
/// The text, or "-" for none.
std::string or_dash(std::string_view text);

}  // namespace aditctl
