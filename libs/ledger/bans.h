#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/ban_list.h"
#include "redis/client.h"

/// The pool's bans as Redis holds them: operators write, gateways and workers follow.
namespace ledger {

/// Every process holds all of them, and asks for all of them after a change.
inline constexpr std::size_t bans_max = 100'000;

enum class BanWritten { added, replaced };

/// Errors of all: in words for the operator.
void set_ban(redis::Client& client, const Ban& ban,
             std::function<void(base::Result<BanWritten, std::string>)> done);
/// True if there was one. `subject` is matched as it was written.
void remove_ban(redis::Client& client, const BanSubject& subject,
                std::function<void(base::Result<bool, std::string>)> done);

struct Bans {
    std::vector<Ban> bans{};
    /// Changes with every change; for follow_bans().
    std::string version{};
};
/// Those that have ended may still be among them.
void list_bans(redis::Client& client, std::function<void(base::Result<Bans, std::string>)> done);
/// Nothing while `known_version` is the latest.
void follow_bans(redis::Client& client, const std::string& known_version,
                 std::function<void(base::Result<std::optional<Bans>, std::string>)> done);

}  // namespace ledger
