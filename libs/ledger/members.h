#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "redis/client.h"

namespace ledger {

/// A process of the pool, as an operator finds it.
struct Member {
    /// "gateway", "channel-manager", "template", "vardiff".
    std::string role{};
    /// A gateway's or template leader's epoch, a worker's id.
    std::uint64_t id = 0;
    /// Where it is reached, host:port.
    std::string address{};
    friend bool operator==(const Member&, const Member&) = default;
};

struct SeenMember {
    Member member{};
    /// Since its last beat, by Redis' clock.
    std::chrono::milliseconds silent_for{};
};

/// How often a member says that it lives, and how long one that fell silent is remembered.
inline constexpr std::chrono::milliseconds beat_interval{1'000};
inline constexpr std::chrono::milliseconds member_remembered = std::chrono::hours{24};

/// Says that the member lives. A beat that is lost is not worth a word.
void beat(redis::Client& client, const Member& member);

/// Says that the member has ended well.
void leave(redis::Client& client, const Member& member);

/// Everyone who beat within `member_remembered`, the latest first. Errors: in words for the log.
void list_members(redis::Client& client,
                  std::function<void(base::Result<std::vector<SeenMember>, std::string>)> done);

}  // namespace ledger
