#include "ledger/ledger.h"

#include <algorithm>

#include "base/log.h"
#include "ledger/replicated_call.h"

namespace ledger {

Ledger::Ledger(redis::Client& client, LedgerSettings settings)
    : client_(client), settings_(settings), script_(std::string{settings.script}) {}

void Ledger::commit(const Commit& commit, Callback done) {
    const auto call = to_call(commit, settings_.duplicate_key, settings_.log_keep.count());
    durable_eval(client_, script_, call.keys, call.args, settings_.durability,
                 [this, outcome = commit.outcome, done = std::move(done)](
                     const base::Result<redis::Replicated, redis::Error>& result) {
                     done(judge(result, outcome));
                 });
}

base::Result<Committed, LedgerError> Ledger::judge(
    const base::Result<redis::Replicated, redis::Error>& result, const std::string& outcome) {
    if (!result) {
        if (result.error().kind == redis::RedisError::out_of_memory) {
            ++counters_.full;
            return base::unexpected(LedgerError::full);
        }
        ++counters_.failures;
        if (result.error().kind == redis::RedisError::error_reply)
            base::log_error("redis failed a commit", {{"reason", result.error().text}});
        return base::unexpected(LedgerError::unavailable);
    }
    auto answer = read_answer(result->reply, outcome);
    if (!answer) {
        ++(answer.error() == LedgerError::unavailable ? counters_.failures : counters_.refused);
        return answer;
    }
    if (answer->has_gap) ++counters_.gaps;
    if (answer->is_replay) {
        ++counters_.replays;
    } else {
        ++counters_.commits;
        counters_.duplicates += static_cast<std::uint64_t>(
            std::count(answer->duplicates.begin(), answer->duplicates.end(), true));
    }
    if (result->replicas < std::int64_t{settings_.durability.replicas}) {
        // This primary may have been left behind by its replicas: look for the right one, and let
        // the script run again before anything is believed.
        ++counters_.wait_shortfalls;
        client_.reconnect();
        return base::unexpected(LedgerError::not_replicated);
    }
    return answer;
}

}  // namespace ledger
