#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bitcoin/target.h"
#include "loadgen/histogram.h"
#include "loadgen/service_watch.h"
#include "loadgen/sv2_statistics.h"

namespace loadgen {

/// Why a share was sent: an honest one, or one that must be rejected.
enum class Intent {
    honest,
    duplicate,
    wrong_worker,    ///< of SV1 alone
    low_difficulty,  ///< its hash does not meet the target
    stale_job,       ///< of the block before
    bad_job_id,      ///< of a job that was never sent
    bad_version,     ///< with a bit that nobody may roll
    bad_ntime,       ///< three hours ahead
};
inline constexpr std::array intents{Intent::honest,         Intent::duplicate, Intent::wrong_worker,
                                    Intent::low_difficulty, Intent::stale_job, Intent::bad_job_id,
                                    Intent::bad_version,    Intent::bad_ntime};
const char* name_of(Intent intent);

/// What became of the shares of one intent.
struct ShareCounts {
    std::uint64_t submitted = 0;
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::map<std::string, std::uint64_t> rejected_by_reason{};  ///< of SV1: the code
    std::uint64_t unknown = 0;  ///< the connection ended before an answer
    std::uint64_t waiting() const { return submitted - accepted - rejected - unknown; }
};

/// One miner over all of its connections.
struct MinerRecord {
    std::string name{};
    bool is_steady = false;  ///< never leaves by itself
    double hash_rate_hps = 0;
    base::SteadyTime since{};
    std::uint64_t connections = 0;
    std::uint64_t lost = 0;
    ShareCounts shares{};              ///< the honest ones
    std::uint64_t target_changes = 0;  ///< other difficulties than the job before had
    std::uint64_t target_changes_away =
        0;  ///< clearly off what its hash rate asks for, and farther than before
    double first_difficulty = 0;
    double last_difficulty = 0;
    base::SteadyTime last_accepted_at{};
    base::SteadyTime::duration longest_gap{};
    std::vector<Gap> gaps{};
};

/// How long a new block took from the first miner that heard of it to the last, among those that
/// were mining on another one.
class TipSpread {
  public:
    /// Returns how long after the first one.
    base::SteadyTime::duration heard(const bitcoin::BlockHash& prev_hash, base::SteadyTime now);
    const Histogram& times() const { return times_; }
    /// Those still under way count as they are.
    void finish();

    struct Heard {
        bitcoin::BlockHash prev_hash{};
        base::SteadyTime first{};
        base::SteadyTime last{};
        std::uint64_t miners = 0;
    };
    /// The last ones of which nobody hears any more, oldest first.
    const std::deque<Heard>& over() const { return over_; }

  private:
    void close_oldest();

    std::deque<Heard> recent_{};
    std::deque<Heard> over_{};
    Histogram times_{};
};

/// What a run came to, while it runs and at its end. Owned by the loop.
struct Statistics {
    explicit Statistics(base::SteadyTime now) : started(now) {}

    base::SteadyTime started;
    std::uint64_t connections = 0;
    std::uint64_t connections_lost = 0;
    std::map<std::string, std::uint64_t> lost_by_reason{};
    std::map<Intent, ShareCounts> shares{};
    std::uint64_t hashes = 0;
    std::uint64_t segments_sent = 0;  ///< of TCP, with data, of connections that have ended
    Histogram answers{};              ///< of honest shares
    Histogram recent_answers{};       ///< since the last status line
    TipSpread tips{};
    Histogram new_block_to_job{};  ///< from the first miner that could work on it to each other one
    Histogram first_work{};        ///< from connecting to a job for each channel
    /// How many miners have ever had work, and when the last of them had it first.
    std::uint64_t worked = 0;
    base::SteadyTime last_worked_first = started;
    Histogram handshakes{};       ///< of a storm: from connecting until it was let in
    std::uint64_t not_found = 0;  ///< shares that the hash budget did not suffice for
    std::map<std::string, std::uint64_t> not_connected{};  ///< attempts, by reason
    /// What a pool should not do, by what it is.
    std::map<std::string, std::uint64_t> odd{};
    /// What misbehaving peers did: connections, lines sent, and how often the pool closed.
    struct Deeds {
        std::uint64_t peers = 0;
        std::uint64_t connections = 0;
        std::uint64_t lines = 0;
        std::uint64_t closed = 0;
    };
    std::map<std::string, Deeds> hostile{};
    std::deque<MinerRecord> miners{};  ///< their places in memory do not change
    std::optional<Sv2Statistics> sv2{};

    /// A miner has work for the first time.
    void note_first_work(base::SteadyTime now) {
        ++worked;
        last_worked_first = now;
    }

    /// Those of answers and new blocks, and how late shares left; not of what was counted.
    void forget_times();

    /// One line of JSON; `connected` and `working` are how many miners are, `oldest_wait` how long
    /// the oldest share without an answer has waited.
    std::string status_line(std::size_t connected, std::size_t working,
                            base::SteadyTime::duration oldest_wait, base::SteadyTime now);
    /// Gaps are told as microseconds of unix time.
    std::string summary(base::SteadyTime now, base::UnixMicros unix_now) const;

  private:
    nlohmann::ordered_json counts(const ShareCounts& of) const;
};

}  // namespace loadgen
