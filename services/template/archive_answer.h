#pragma once

#include <string>

#include "base/result.h"
#include "redis/client.h"

namespace templates {

/// What Redis answered to a command of the archive's, if it answered.
using Answer = base::Result<redis::Reply, redis::Error>;

inline const redis::Reply& reply_of(const redis::Reply& reply) {
    return reply;
}
inline const redis::Reply& reply_of(const redis::Replicated& replicated) {
    return replicated.reply;
}

template <class Of>
bool is_error(const base::Result<Of, redis::Error>& answer) {
    return !answer || reply_of(*answer).error() != nullptr;
}
/// Why it is one; empty where it is none.
template <class Of>
std::string reason(const base::Result<Of, redis::Error>& answer) {
    if (!answer) return answer.error().text;
    const auto* const error = reply_of(*answer).error();
    return error != nullptr ? error->text : std::string{};
}

}  // namespace templates
