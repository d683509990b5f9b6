#pragma once

#include <boost/asio/io_context.hpp>
#include <optional>
#include <utility>

#include "redis/client.h"
#include "support/loop.h"

namespace redis {

/// One command, waited for on the client's loop.
inline base::Result<Reply, Error> ask(boost::asio::io_context& io, Client& client, Args args) {
    std::optional<base::Result<Reply, Error>> answer;
    client.command(std::move(args), [&answer](auto result) { answer = std::move(result); });
    if (!test_support::run_until(io, [&answer] { return answer.has_value(); }))
        return base::unexpected(Error{RedisError::error_reply, "the callback never ran"});
    return *answer;
}

}  // namespace redis
