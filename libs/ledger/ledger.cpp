#include "ledger/ledger.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "ledger/replicated_call.h"

namespace ledger {

Ledger::Ledger(redis::Client& client, LedgerSettings settings)
    : client_(client), settings_(settings), script_(std::string{settings.script}) {}

void Ledger::commit(const Commit& commit, Callback done) {
    auto call = to_call(commit, settings_.duplicate_key, settings_.log);
    durable_eval(
        client_, script_, std::move(call.keys), std::move(call.args), settings_.durability,
        [this, partition = commit.partition, outcome = commit.outcome,
         done = std::move(done)](const base::Result<redis::Replicated, redis::Error>& result) {
            done(judge(result, partition, outcome));
        });
}

base::Result<Committed, LedgerError> Ledger::judge(
    const base::Result<redis::Replicated, redis::Error>& result, std::uint32_t partition,
    const std::string& outcome) {
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
        switch (answer.error()) {
            case LedgerError::full:
                ++counters_.full;
                ++counters_.log_full;
                watch_log(partition, *full_log(result->reply));
                break;
            case LedgerError::reaped:
            case LedgerError::old: ++counters_.refused; break;
            case LedgerError::not_replicated:
            case LedgerError::unavailable: ++counters_.failures; break;
        }
        return answer;
    }
    if (!answer->is_replay) watch_log(partition, answer->log);
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

void Ledger::watch_log(std::uint32_t partition, const LogState& state) {
    logs_[partition] = state;
    const bool is_alarming =
        !state.slowest_reader.empty() && state.bytes >= settings_.log.bytes_max / 2;
    if (is_alarming && alarms_.insert(partition).second)
        base::log_error(
            "the share log grows behind a required reader; at its bound "
            "acknowledgements stop",
            {{"partition", partition},
             {"reader", state.slowest_reader},
             {"bytes", state.bytes},
             {"bytes_max", settings_.log.bytes_max}});
    if (!is_alarming && alarms_.erase(partition) != 0)
        base::log_info("the share log has room again", {{"partition", partition}});
}

}  // namespace ledger
