#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "bitcoin/target.h"
#include "ledger/duplicate_key.h"
#include "ledger/log_rules.h"
#include "mining/ids.h"
#include "redis/client.h"

namespace ledger {

/// A share whose verdict is accepted, so that it counts unless it counted before.
struct CreditedShare {
    /// Its place among the batch's shares, from 0.
    std::uint32_t place = 0;
    /// The block that its job builds on.
    bitcoin::BlockHash tip{};
    bitcoin::BlockHash hash{};
};

/// What an operator sees of a channel, name by name.
using ChannelFields = std::vector<std::pair<std::string, std::string>>;

struct ChannelOpened {
    mining::ChannelKey key{};
    ChannelFields fields{};
};
/// Says nothing about a channel that is not open.
struct ChannelChanged {
    mining::ChannelKey key{};
    ChannelFields fields{};
};
struct ChannelClosed {
    mining::ChannelKey key{};
};
using ChannelChange = std::variant<ChannelOpened, ChannelChanged, ChannelClosed>;

/// One batch, as the ledger takes it: all or nothing.
struct Commit {
    mining::Epoch epoch{};
    std::uint32_t partition = 0;
    /// From 1.
    std::uint64_t sequence = 0;
    std::vector<bitcoin::BlockHash> live_tips{};
    /// Of the batch, credited or not.
    std::uint32_t shares = 0;
    /// In the order of their places.
    std::vector<CreditedShare> credited{};
    std::vector<ChannelChange> changes{};
    /// The entry for the share log.
    std::string record{};
    /// Kept for a batch that comes again; opaque to the ledger.
    std::string outcome{};
};

/// A partition's share log after a batch, or when it refused one.
struct LogState {
    std::uint64_t bytes = 0;
    std::string slowest_reader{};
};

struct Committed {
    /// The batch had been committed before; the outcome is the one of that time.
    bool is_replay = false;
    /// Sequences are missing before this one.
    bool has_gap = false;
    std::string outcome{};
    /// One for each share: it was credited before, and is not by this batch.
    std::vector<bool> duplicates{};
    /// Of a new batch: what the partition's log holds now, and which required reader has read
    /// least; empty where none is required.
    LogState log{};
};

/// Why the ledger did not take a batch.
enum class LedgerError {
    /// The epoch was taken for dead: this batch is refused for ever.
    reaped,
    /// A later sequence of the epoch was committed: refused for ever.
    old,
    /// Redis has no memory left, or a required reader has left the log full of what it has not
    /// read. Repeat until there is room.
    full,
    /// Too few replicas have it, though the primary does. Repeat, never acknowledge.
    not_replicated,
    /// Redis is away, or failed in another way; the outcome may be unknown. Repeat.
    unavailable,
};

/// Into how many sets the shares of one tip and partition fall. Redis keeps sets of up to 512
/// integers in 9 to 10 bytes each: good for 500,000 shares a tip and partition.
inline constexpr std::uint32_t seen_buckets = 1024;

/// The keys and arguments of commit.lua.
struct CommitCall {
    redis::Args keys{};
    redis::Args args{};
};
CommitCall to_call(const Commit& commit, const DuplicateKey& key, const LogRules& rules);

/// What commit.lua answered. `outcome` is that of the commit, for when it is new.
/// Errors: `reaped`, `old`, `full`; `unavailable` for an answer that the script never gives.
base::Result<Committed, LedgerError> read_answer(const redis::Reply& reply, std::string outcome);

/// What a log held that refused a batch; nothing for any other answer.
std::optional<LogState> full_log(const redis::Reply& reply);

}  // namespace ledger
