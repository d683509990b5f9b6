#include "admin/api_fields.h"

namespace admin {

ApiError invalid_field(const std::string& field, const std::string& what) {
    return {Reason::invalid_field, field + " " + what, {{"field", field}}};
}

ApiResult<std::chrono::milliseconds> to_milliseconds(const google::protobuf::Duration& duration,
                                                     const std::string& field) {
    constexpr std::int64_t seconds_max = 24 * 3600;
    if (duration.seconds() < 0 || duration.nanos() < 0 || duration.seconds() > seconds_max ||
        duration.nanos() > 999'999'999)
        return base::unexpected(invalid_field(field, "is not between 0s and 86400s"));
    return std::chrono::seconds{duration.seconds()} +
           std::chrono::milliseconds{duration.nanos() / 1'000'000};
}

}  // namespace admin
