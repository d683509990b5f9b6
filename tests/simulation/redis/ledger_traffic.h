#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "ledger/ledger.h"
#include "redis/client.h"

namespace simulation {

/// All that the pool does with its ledger, drawn from chance: batches that come in order, again,
/// late, with gaps and with duplicates, channels that open, change and close, readers of the log
/// that lag, epochs that are reaped, sums, members, leases, requests, bans, kept templates. Small
/// numbers everywhere, so that things meet.
class LedgerTraffic {
  public:
    LedgerTraffic(redis::Client& client, base::Random& random);

    /// One thing; what it was, in a word of kinds().
    std::string step();

    static std::vector<std::string> kinds();

  private:
    struct Act {
        const char* name;
        std::uint64_t weight;
        void (LedgerTraffic::*act)();
    };

    static const std::vector<Act>& acts();

    std::uint64_t below(std::uint64_t bound) { return random_.next_u64() % bound; }
    std::string pick(std::initializer_list<const char*> words);
    void script(std::string_view text, const redis::Args& keys, const redis::Args& args);

    void commit();
    ledger::Commit some_batch(std::uint64_t epoch, std::uint64_t sequence);
    ledger::ChannelChange some_change(std::uint64_t epoch);
    void read_log();
    void reap();
    void sum();
    void meet_members();
    void lease();
    void request();
    void ban();
    void keep_templates();
    void write_block();
    void ask_plainly();

    redis::Client& client_;
    base::Random& random_;
    std::vector<ledger::Ledger> ledgers_{};
    /// The last sequence of each epoch in each partition, and what was sent under it.
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::vector<ledger::Commit>> sent_{};
    std::uint64_t tips_ = 3;
};

}  // namespace simulation
