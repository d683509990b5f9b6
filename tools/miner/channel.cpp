#include "miner/channel.h"

#include <algorithm>
#include <utility>

#include "sv2/limits.h"
#include "sv2/setup_flags.h"

namespace miner {

Channel::Change Channel::activate(FutureJob future, std::uint32_t min_ntime, base::SteadyTime now) {
    work_ = Work{.connection = opened_.connection,
                 .channel = opened_.index,
                 .tip = tip_serial_,
                 .job_id = future.job.id,
                 .version = future.job.version,
                 .version_mask = future.job.may_roll_version ? sv2::version_rolling_mask : 0U,
                 .prev_hash = tip_->prev_hash,
                 .nbits = tip_->nbits,
                 .min_ntime = min_ntime,
                 .ntime_since = now,
                 .target = opened_.target,
                 .root = std::move(future.job.root),
                 .extranonce_prefix = std::move(future.extranonce_prefix),
                 .extranonce_size = opened_.extranonce_size};
    return Change::work;
}

Channel::Change Channel::on_active_job(Job job, std::uint32_t min_ntime, base::SteadyTime now) {
    if (!tip_) return Change::idle;
    return activate({.job = std::move(job), .extranonce_prefix = opened_.extranonce_prefix},
                    min_ntime, now);
}

void Channel::on_future_job(Job job) {
    if (future_.size() == sv2::limits::future_jobs_per_channel_max) future_.pop_front();
    future_.push_back({.job = std::move(job), .extranonce_prefix = opened_.extranonce_prefix});
}

Channel::Change Channel::on_new_prev_hash(sv2::JobId job, Tip tip, std::uint32_t min_ntime,
                                          base::SteadyTime now) {
    tip_ = tip;
    ++tip_serial_;
    work_.reset();
    auto waiting = std::exchange(future_, {});
    // The latest of that id, should the server have used one twice.
    const auto named = std::find_if(waiting.rbegin(), waiting.rend(),
                                    [&](const FutureJob& future) { return future.job.id == job; });
    if (named == waiting.rend()) return Change::idle;
    return activate(std::move(*named), min_ntime, now);
}

bool Channel::on_extranonce_prefix(base::ByteView prefix) {
    if (prefix.size() + opened_.extranonce_size > sv2::B0_32::size_max) return false;
    opened_.extranonce_prefix = base::to_bytes(prefix);
    return true;
}

}  // namespace miner
