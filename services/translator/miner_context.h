#pragma once

#include <cstddef>
#include <optional>

#include "base/clock.h"
#include "base/random.h"
#include "translator/answer_book.h"
#include "translator/channels.h"
#include "translator/miner_metrics.h"
#include "translator/miner_settings.h"
#include "translator/notify_text.h"
#include "translator/session_book.h"
#include "translator/shared_jobs.h"

namespace translator {

/// What all miners' sessions share: one a process, on the loop's thread. Outlives the sessions;
/// what it is given outlives it.
struct MinerContext {
    MinerContext(Channels& channels_of_pools, const MinerSettings& operators_settings,
                 MinerMetrics& miners_metrics, base::Random& chance, const base::Clock& time)
        : channels(channels_of_pools),
          settings(operators_settings),
          metrics(miners_metrics),
          random(chance),
          clock(time),
          answers(operators_settings.answer_within),
          sessions(operators_settings.resume_within) {}
    MinerContext(const MinerContext&) = delete;
    MinerContext& operator=(const MinerContext&) = delete;

    /// To be called every 50 ms or so: answers that have waited long enough, and channels that no
    /// miner has come back for.
    void on_time() {
        const auto now = clock.steady_now();
        answers.on_time(now);
        sessions.on_time(now);
        metrics.parked.set(static_cast<double>(sessions.size()));
    }

    Channels& channels;
    const MinerSettings& settings;
    MinerMetrics& metrics;
    base::Random& random;
    const base::Clock& clock;

    SharedJobs jobs{};
    NotifyTexts texts{};
    AnswerBook answers;
    SessionBook sessions;
    /// Bytes that a pool has last granted a channel of ours: the best guess for the next.
    std::optional<std::size_t> granted_extranonce_size{};
    /// That a miner has been told of.
    bitcoin::BlockHash newest_tip{};
    /// A disagreement with the pool is logged once in a while: there may be one for every share.
    base::SteadyTime next_disagreement_log{};
};

}  // namespace translator
