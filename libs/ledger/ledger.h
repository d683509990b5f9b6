#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string_view>

#include "base/result.h"
#include "ledger/commit_call.h"
#include "ledger/durability.h"
#include "ledger/scripts.h"
#include "redis/client.h"

namespace ledger {

struct LedgerSettings {
    DuplicateKey duplicate_key{};
    Durability durability{};
    LogRules log{};
    /// Tests give a script that breaks a promise, to show that the breach is found.
    std::string_view script = scripts::commit;
};

/// The worker's way to the ledger: one script call a batch, and WAIT where replicas are
/// configured (architecture D5). Owned by a worker's loop; must outlive the client's commands.
class Ledger {
  public:
    struct Counters {
        std::uint64_t commits = 0;
        std::uint64_t replays = 0;
        std::uint64_t gaps = 0;
        std::uint64_t duplicates = 0;
        std::uint64_t refused = 0;
        std::uint64_t full = 0;
        /// Of these, because a required reader of the log is too far behind.
        std::uint64_t log_full = 0;
        /// Each of these means that acknowledgements stand still: worth an alarm.
        std::uint64_t wait_shortfalls = 0;
        std::uint64_t failures = 0;
    };
    using Callback = std::function<void(base::Result<Committed, LedgerError>)>;

    Ledger(redis::Client& client, LedgerSettings settings);

    /// One attempt. Whoever gets an error that asks to repeat gives the same commit again; the
    /// script then answers with what it stored, and writes, so that WAIT counts it. Commits given
    /// without waiting for one another are pipelined.
    /// Errors: all of LedgerError.
    void commit(const Commit& commit, Callback done);

    const Counters& counters() const { return counters_; }

    /// The log of each partition that a commit of ours met, as it was then.
    const std::map<std::uint32_t, LogState>& logs() const { return logs_; }
    /// Partitions where a required reader has left more than half of the bound unread. One line
    /// of the log says when a partition comes and goes.
    std::size_t log_alarms() const { return alarms_.size(); }

  private:
    base::Result<Committed, LedgerError> judge(
        const base::Result<redis::Replicated, redis::Error>& result, std::uint32_t partition,
        const std::string& outcome);
    void watch_log(std::uint32_t partition, const LogState& state);

    redis::Client& client_;
    LedgerSettings settings_;
    redis::Script script_;
    Counters counters_{};
    std::map<std::uint32_t, LogState> logs_{};
    std::set<std::uint32_t> alarms_{};
};

}  // namespace ledger
