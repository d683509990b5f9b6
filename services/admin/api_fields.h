#pragma once

#include <google/protobuf/duration.pb.h>

#include <chrono>
#include <string>

#include "admin/api_error.h"

namespace admin {

/// `what` goes on from the field's name: "is 0, expected ...".
ApiError invalid_field(const std::string& field, const std::string& what);

/// Nothing negative, and at most a day. Errors: `invalid_field`.
ApiResult<std::chrono::milliseconds> to_milliseconds(const google::protobuf::Duration& duration,
                                                     const std::string& field);

/// How far back a history is wanted: what `window` says, or an hour. Errors: `invalid_field`.
template <class Request>
ApiResult<std::chrono::seconds> window_of(const Request& request) {
    if (!request.has_window()) return std::chrono::hours{1};
    const auto window = to_milliseconds(request.window(), "window");
    if (!window) return base::unexpected(window.error());
    if (*window < std::chrono::seconds{1})
        return base::unexpected(invalid_field("window", "is less than 1s"));
    return std::chrono::duration_cast<std::chrono::seconds>(*window);
}

}  // namespace admin
