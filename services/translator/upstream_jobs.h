#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.h"
#include "bitcoin/target.h"
#include "mining/job.h"
#include "translator/channels.h"

namespace translator {

/// So many jobs of one tip are remembered: at one in five seconds those of twenty minutes. A share
/// for an older one is stale.
inline constexpr std::size_t upstream_jobs_max = 256;

/// The jobs of a shared channel that shares may still come for, and the headers that were hashed
/// for them. Held once for all miners.
class UpstreamJobs {
  public:
    struct Entry {
        /// Ever growing, from 1 on, and never used again, whatever becomes of the channel.
        std::uint32_t number{};
        ActiveJob job{};
        base::SteadyTime since{};
        /// Ready to be hashed, since the first share.
        std::optional<mining::JobCoinbase> coinbase{};
    };

    /// The job to be mined from now on. A clean one makes all before it void.
    const Entry& add(const ActiveJob& job, base::SteadyTime now);
    void clear() { entries_.clear(); }
    /// Null where none is.
    const Entry* current() const { return entries_.empty() ? nullptr : &entries_.back(); }
    /// Null where it is void or never was.
    Entry* find(std::uint32_t number);

  private:
    std::deque<Entry> entries_{};
    std::uint32_t last_number_{};
};

/// The hash of the header that `share` is for; `rolled` is all that follows the channel's prefix
/// and has the job's extranonce_size.
bitcoin::BlockHash header_hash(UpstreamJobs::Entry& entry, const ChannelShare& share,
                               base::ByteView rolled);

}  // namespace translator
