#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "auditor/sv1_journal.h"
#include "auditor/violation.h"
#include "bus/batch.h"
#include "share_log/record.h"

namespace auditor {

/// When a translator may have answered a share without the pool's verdict: SV1 does not say so.
struct LocalAnswers {
    /// Answers that took so long; absent: every answer is the pool's, however late.
    std::optional<std::int64_t> after_us{};
    /// Shares that were sent or answered in these times, from and to, in unix time: the pool was
    /// away.
    std::vector<std::pair<std::int64_t, std::int64_t>> times_us{};

    bool may_be(const Sv1Share& share) const;
};

struct Sv1Report {
    std::size_t connections = 0;
    std::size_t submitted = 0;
    std::size_t accepted = 0;
    std::size_t rejected = 0;
    std::size_t unknown = 0;  ///< without an answer
    /// Accepted ones that are not in the ledger: they miss the target that it has for their job;
    /// or, where it has no share of that job, the hardest that it has for their channel.
    std::size_t is_short = 0;
    std::size_t is_short_by_channel = 0;
    /// Accepted, not credited, and the translator may have answered by itself.
    std::size_t told_locally = 0;
    /// The other way round: rejected by the translator alone, and credited.
    std::size_t credited_unheard = 0;
};

/// Compares what SV1 miners behind a translator wrote down with the ledger. The translator's shares
/// have other names there, so a share is found by its hash, which is of all that the miner chose.
///   I1  every accepted share is in the ledger, unless it is easier than the ledger's target for
///       its job, or was answered without the pool
///   I2, I3  as often as it was submitted, and credited once
///   I4  none is rejected and credited, or accepted twice
///   I5  none is accepted that misses what the miner was told
///   I7  no two connections find the same share
class Sv1Audit {
  public:
    Sv1Audit() = default;
    explicit Sv1Audit(std::vector<Sv1Connection> journal, LocalAnswers local_answers = {});

    /// Takes in what a record says of targets. Before its shares.
    void add(const share_log::Record& record);
    /// A share of the ledger; false when no SV1 miner submitted it.
    bool add_share(const bitcoin::BlockHash& hash, const bus::Verdict& verdict);
    void finish(std::vector<Violation>& violations);
    const Sv1Report& report() const { return report_; }

  private:
    /// One header, on both sides.
    struct Account {
        std::uint32_t first_connection = 0;
        std::uint32_t submitted = 0;
        std::uint32_t accepted = 0;
        std::uint32_t unanswered = 0;
        std::uint32_t entries = 0;
        std::uint32_t credited = 0;
    };
    void check(const Sv1Connection& connection, const Sv1Share& share,
               std::vector<Violation>& violations);
    void check_accepted(const Sv1Connection& connection, const Sv1Share& share,
                        const Account& account, std::vector<Violation>& violations);
    bool misses_the_ledgers_target(const Sv1Share& share);
    void note(mining::ChannelKey channel, const bitcoin::Target& target);

    std::vector<Sv1Connection> journal_{};
    LocalAnswers local_answers_{};
    std::unordered_map<bitcoin::BlockHash, Account> accounts_{};
    std::map<LedgerJob, bitcoin::Target> targets_{};
    std::unordered_map<mining::ChannelKey, bitcoin::Target> hardest_{};
    std::vector<Violation> early_{};
    Sv1Report report_{};
};

}  // namespace auditor
