#include "admin/moments.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace admin {
namespace {

std::chrono::sys_seconds whole(base::UnixMicros at) {
    return std::chrono::floor<std::chrono::seconds>(at);
}

}  // namespace

google::protobuf::Timestamp to_timestamp(std::int64_t micros) {
    return to_timestamp(base::UnixMicros{std::chrono::microseconds{micros}});
}

google::protobuf::Timestamp to_timestamp(base::UnixMicros at) {
    google::protobuf::Timestamp made;
    made.set_seconds(whole(at).time_since_epoch().count());
    made.set_nanos(static_cast<std::int32_t>((at - whole(at)).count() * 1000));
    return made;
}

base::UnixMicros from_timestamp(const google::protobuf::Timestamp& at) {
    return base::UnixMicros{std::chrono::seconds{at.seconds()} +
                            std::chrono::microseconds{at.nanos() / 1000}};
}

std::string utc_time(base::UnixMicros at) {
    return fmt::format("{:%H:%M:%S} UTC",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(whole(at))));
}

std::string utc_date_time(base::UnixMicros at) {
    return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(whole(at))));
}

}  // namespace admin
