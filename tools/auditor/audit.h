#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

/// Compares what miners wrote down with what the ledger holds (architecture §8).
namespace auditor {

/// A share as a miner sent it. `hash` as displayed, 64 hexadecimal digits.
struct SubmittedShare {
    std::uint32_t sequence_number = 0;
    std::uint32_t nonce = 0;
    std::string hash{};
};

/// One channel, from its opening to the end of its connection.
struct JournalChannel {
    /// For the reader of a violation: "miner.journal connection 2 channel 7".
    std::string name{};
    /// The extranonce prefix, 16 hexadecimal digits.
    std::string key{};
    std::vector<SubmittedShare> shares{};
    /// Of SubmitShares.Success: the highest last_sequence_number, and the two sums.
    bool has_success = false;
    std::uint32_t last_sequence_number = 0;
    std::uint64_t accepted_count = 0;
    std::uint64_t accepted_sum = 0;
    /// Sequence numbers of SubmitShares.Error.
    std::set<std::uint32_t> rejected{};

    /// An answer for a later share answers all before it: those without an error were accepted.
    bool is_acknowledged(const SubmittedShare& share) const {
        return has_success && share.sequence_number <= last_sequence_number &&
               !rejected.contains(share.sequence_number);
    }
};

struct LedgerShare {
    std::string channel{};
    std::uint32_t sequence_number = 0;
    std::uint32_t nonce = 0;
    /// Empty for a share that could not be hashed.
    std::string hash{};
    bool is_credited = false;
    /// In units of 2^-32; 0 unless credited.
    std::uint64_t difficulty_q32 = 0;
};

struct LedgerContents {
    std::vector<LedgerShare> shares{};
    /// The key of each channel that was opened, in the order of the log.
    std::vector<std::string> opened{};
};

struct Violation {
    /// "I1" to "I7".
    std::string invariant{};
    std::string what{};
    friend bool operator==(const Violation&, const Violation&) = default;
};

struct Report {
    std::vector<Violation> violations{};
    std::size_t channels = 0;
    std::size_t submitted = 0;
    std::size_t acknowledged = 0;
    std::size_t rejected = 0;
    /// Submitted, and the client never heard of it.
    std::size_t unknown = 0;
    std::size_t ledger_shares = 0;
    std::size_t ledger_credited = 0;
};

/// The journals must be those of all miners of this ledger, and the miners must have ended.
///   I1  every acknowledged share is in the ledger
///   I2  nothing is in the ledger that was not submitted
///   I3  each (channel, share hash) is credited exactly once
///   I4  what a client was told adds up to what the ledger credited it for, rounded down
///   I7  no two channels have the same prefix
Report audit(const std::vector<JournalChannel>& journal, const LedgerContents& ledger);

}  // namespace auditor
