#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>

#include "admin/finding.h"
#include "admin/process_state.h"
#include "admin/view.h"

namespace admin {

/// What is wrong with the mining itself, as the share log shows it: miners that fell silent, a pool
/// that credits nothing, many invalid shares, a hash rate that fell. Remembers what it saw before,
/// so that a look costs what has changed.
class MiningRules {
  public:
    /// A silence that is less probable is no chance.
    static constexpr double chance = 1e-4;

    void judge(const View& view, Moment now, Findings& findings);

  private:
    struct Channel {
        /// Shares a second that its target gives at the rate that its shares showed; 0 while they
        /// are too few to show one.
        double expected_per_second = 0;
        base::UnixMicros opened{};
        base::UnixMicros last_share{};
        std::uint64_t accepted = 0;
        std::string gateway{};
        bool is_silent = false;
    };
    struct Rejects {
        base::SteadyTime at{};
        double accepted = 0;
        double invalid = 0;
        double stale = 0;
    };

    void follow(const View& view);
    void take(const proto::Channel& row);
    void judge_silence(const View& view, Findings& findings);
    void judge_flow(const View& view, Moment now, Findings& findings);
    void judge_rejects(const View& view, Moment now, Findings& findings);
    void judge_hash_rate(const View& view, Moment now, Findings& findings);
    void judge_log(const View& view, Moment now, Findings& findings);

    Version seen_ = 0;
    std::map<std::string, Channel, std::less<>> channels_{};
    std::set<std::string, std::less<>> silent_{};
    base::UnixMicros last_share_{};  // of the whole pool
    std::map<std::string, std::deque<Rejects>> rejects_{};
};

}  // namespace admin
