#include "redis/hiredis_reply.h"

#include <hiredis/hiredis.h>

#include <cstdint>
#include <string>
#include <utility>

namespace redis {

Reply to_reply(const redisReply& from) {
    const auto text = [&from] { return std::string{from.str, from.len}; };
    switch (from.type) {
        case REDIS_REPLY_INTEGER: return Reply{static_cast<std::int64_t>(from.integer)};
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS: return Reply{text()};
        case REDIS_REPLY_ERROR: return Reply{Reply::ErrorText{text()}};
        case REDIS_REPLY_ARRAY: {
            Reply::Array items;
            items.reserve(from.elements);
            for (std::size_t i = 0; i < from.elements; ++i)
                items.push_back(to_reply(*from.element[i]));
            return Reply{std::move(items)};
        }
        default: return Reply{};
    }
}

}  // namespace redis
