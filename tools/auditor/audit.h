#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "auditor/difficulty.h"
#include "auditor/sv1_audit.h"
#include "auditor/verdict.h"
#include "auditor/violation.h"
#include "bitcoin/difficulty.h"
#include "bitcoin/header.h"
#include "bitcoin/target.h"
#include "mining/ids.h"
#include "mining/share.h"
#include "share_log/record.h"

/// Compares what miners wrote down with what the ledger holds (architecture §8).
namespace auditor {

/// A share as a miner sent it.
struct SubmittedShare {
    std::uint32_t sequence_number = 0;
    std::uint32_t nonce = 0;
    std::uint32_t ntime = 0;
    std::uint32_t version = 0;
    std::uint32_t nbits = 0;
    bitcoin::BlockHash prev_hash{};
    bitcoin::BlockHash hash{};
    /// The journal has the header; if not, what follows from it alone is not checked.
    bool has_header = false;
};

/// One channel, from its opening to the end of its connection.
struct JournalChannel {
    /// For the reader of a violation: "miner.journal connection 2 channel 7".
    std::string name{};
    /// What the extranonce prefix begins with.
    mining::ChannelKey key{};
    std::vector<SubmittedShare> shares{};
    /// Of SubmitShares.Success: the highest last_sequence_number, and the two sums.
    bool has_success = false;
    std::uint32_t last_sequence_number = 0;
    std::uint64_t accepted_count = 0;
    std::uint64_t accepted_sum = 0;
    /// Of SubmitShares.Error: what each sequence number was told.
    std::map<std::uint32_t, std::string> rejected{};

    /// An answer for a later share answers all before it: those without an error were accepted.
    bool is_acknowledged(const SubmittedShare& share) const {
        return has_success && share.sequence_number <= last_sequence_number &&
               !rejected.contains(share.sequence_number);
    }
};

struct Report {
    std::vector<Violation> violations{};
    std::size_t channels = 0;
    std::size_t submitted = 0;
    std::size_t acknowledged = 0;
    std::size_t rejected = 0;
    /// Submitted, and the client never heard of it.
    std::size_t unknown = 0;
    Sv1Report sv1{};
    std::size_t ledger_records = 0;
    std::size_t ledger_shares = 0;
    std::size_t ledger_credited = 0;
};

/// The journals must be those of all miners of this ledger, and the miners must have ended.
///   I1  every acknowledged share is in the ledger
///   I2  nothing is in the ledger that was not submitted
///   I3  each (channel, share hash) is credited exactly once
///   I4  what a client was told adds up to what the ledger credited it for, rounded down
///   I5  every verdict is the one that the record itself, and the miner's header, ask for
///   I7  no two channels have the same prefix, and each searches behind its own
///
/// Records are given one by one, each partition's in the order of its log, and not kept: a share
/// of the ledger costs some 80 bytes.
class Audit {
  public:
    explicit Audit(std::vector<JournalChannel> journal, Sv1Audit sv1 = {});

    void add(const share_log::Record& record);
    /// Entries of a partition's log that nobody can read any more, though later ones are there.
    void add_missing(std::uint32_t partition, const std::string& what);
    Report finish();

  private:
    /// A channel's key and a header hash.
    struct ShareName {
        mining::ChannelKey channel{};
        bitcoin::BlockHash hash{};
        friend bool operator==(const ShareName&, const ShareName&) = default;
    };
    /// A share without a hash: by channel, sequence number and nonce.
    struct BareName {
        mining::ChannelKey channel{};
        std::uint32_t sequence_number = 0;
        std::uint32_t nonce = 0;
        friend bool operator==(const BareName&, const BareName&) = default;
    };
    struct Hasher {
        std::size_t operator()(const ShareName& name) const;
        std::size_t operator()(const BareName& name) const;
    };
    /// One header of one channel, on both sides.
    struct Account {
        std::uint32_t submitted = 0;
        std::uint32_t entries = 0;
        std::uint32_t credited = 0;
        std::uint64_t difficulty_q32 = 0;
    };

    void violate(const char* invariant, std::string what);
    void add_share(const share_log::Record& record, std::size_t place);
    void check_against_journal(const share_log::Record& record, std::size_t place);
    void check_channel(const JournalChannel& channel);
    const Account* find(mining::ChannelKey key, const bitcoin::BlockHash& hash) const;
    const SubmittedShare* submitted(mining::ChannelKey key, std::uint32_t sequence_number,
                                    std::uint32_t nonce) const;
    void check_prefixes();
    std::uint64_t worth(const bitcoin::Target& target);

    std::vector<JournalChannel> journal_;
    /// Of shares that came by way of a translator.
    Sv1Audit sv1_;
    std::unordered_map<mining::ChannelKey, std::size_t> places_{};
    std::unordered_map<ShareName, Account, Hasher> accounts_{};
    /// Without a hash in the ledger.
    std::unordered_map<BareName, std::uint32_t, Hasher> bare_{};
    std::unordered_set<mining::ChannelKey> opened_{};
    /// The last target whose worth was asked for: most shares ask for the same.
    bitcoin::Target last_target_{};
    std::uint64_t last_worth_ = difficulty_q32({});
    Report report_{};
};

}  // namespace auditor
