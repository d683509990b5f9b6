#include "admin/proto_json.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

namespace admin {

std::string to_json(const google::protobuf::Message& message) {
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    std::string out;
    // What strangers have written was checked to be UTF-8 when it became a string of a message;
    // if it was not after all, they are told nothing rather than the process ended.
    if (!google::protobuf::util::MessageToJsonString(message, &out, options).ok()) return "{}";
    return out;
}

std::string to_json_time(base::UnixMicros at) {
    using google::protobuf::util::TimeUtil;
    return TimeUtil::ToString(TimeUtil::MicrosecondsToTimestamp(at.time_since_epoch().count()));
}

}  // namespace admin
