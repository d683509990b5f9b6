#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sv2/ids.h"
#include "translator/channels.h"
#include "translator/unanswered_shares.h"

namespace translator {

/// Counts the frames of a connection: what was sent before what.
using Moment = std::uint64_t;
using Prefix = std::shared_ptr<const base::Bytes>;

/// A job without a tip: it waits for the SetNewPrevHash that names it (Sv2 5.3.15).
struct FutureJob {
    sv2::JobId id{};
    Moment sent_at{};
    std::shared_ptr<const JobParts> parts{};
};

/// Those that one channel or group was sent; the oldest gives way when there are too many.
class FutureJobs {
  public:
    void add(FutureJob job);
    const FutureJob* find(sv2::JobId id) const;
    void clear() { std::vector<FutureJob>{}.swap(jobs_); }
    const std::vector<FutureJob>& all() const { return jobs_; }

  private:
    std::vector<FutureJob> jobs_{};
};

/// An open channel as the client's end knows it. Of PoolClient's.
struct ClientChannel {
    ChannelHandle handle{};
    sv2::ChannelId id{};
    sv2::ChannelId group{};  ///< 0: none
    std::size_t index_in_group{};
    bitcoin::Target target{};
    std::size_t extranonce_size{};
    Prefix prefix{};  ///< of jobs sent from here on
    struct OldPrefix {
        Prefix prefix{};
        Moment until{};
    };
    std::vector<OldPrefix> old_prefixes{};  ///< that future jobs may have, the oldest first
    Prefix told_prefix{};                   ///< of the terms that the listener knows
    std::shared_ptr<const Tip> tip{};
    FutureJobs future_jobs{};   ///< sent to it alone
    std::uint64_t first_job{};  ///< ActiveJob::id; older ones are not this channel's
    std::uint32_t last_sequence_number{};
    UnansweredShares shares{};

    /// What a job that was sent then stands behind (Sv2 5.3.10).
    const Prefix& prefix_at(Moment sent_at) const;
};

}  // namespace translator
