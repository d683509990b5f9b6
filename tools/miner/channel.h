#pragma once

#include <deque>
#include <optional>

#include "miner/work.h"
#include "sv2/types.h"

namespace miner {

enum class ChannelKind { standard, extended };

/// A job as it was sent, whichever message brought it.
struct Job {
    sv2::JobId id{};
    std::uint32_t version{};
    bool may_roll_version{};
    RootSource root{};
};

/// The jobs of one open channel and which of them is to be hashed (Sv2 5.3.15 to 5.3.21). Pure.
class Channel {
  public:
    struct Opened {
        std::uint64_t connection{};
        std::size_t index{};
        ChannelKind kind{};
        sv2::ChannelId id{};
        sv2::ChannelId group{};
        bitcoin::Target target{};
        base::Bytes extranonce_prefix{};
        std::size_t extranonce_size{};
    };
    explicit Channel(Opened opened) : opened_(std::move(opened)) {}

    const Opened& opened() const { return opened_; }
    std::uint64_t tip() const { return tip_serial_; }

    /// What to do about a message: hash this from now on, stop hashing, or go on as before.
    enum class Change { none, work, idle };

    /// A job that is valid now, from that ntime on. `idle` if there is no tip yet, which is the
    /// server's mistake.
    Change on_active_job(Job job, std::uint32_t min_ntime, base::SteadyTime now);
    /// A job that waits for its SetNewPrevHash. The oldest gives way when there are too many.
    void on_future_job(Job job);
    struct Tip {
        bitcoin::BlockHash prev_hash{};
        std::uint32_t nbits{};
    };
    /// Everything but the future job named becomes void. `idle` if that job was never sent.
    Change on_new_prev_hash(sv2::JobId job, Tip tip, std::uint32_t min_ntime, base::SteadyTime now);
    /// For later jobs and those that wait; the active one keeps its target.
    void on_target(const bitcoin::Target& target) { opened_.target = target; }
    /// For later jobs only. False for a prefix with which the extranonce would be too long.
    bool on_extranonce_prefix(base::ByteView prefix);
    void join_group(sv2::ChannelId group) { opened_.group = group; }

    /// What is to be hashed; only after a `work`.
    const Work& work() const { return *work_; }

  private:
    struct FutureJob {
        Job job{};
        base::Bytes extranonce_prefix{};
    };
    Change activate(FutureJob job, std::uint32_t min_ntime, base::SteadyTime now);

    Opened opened_;
    std::deque<FutureJob> future_{};
    std::optional<Tip> tip_{};
    std::uint64_t tip_serial_ = 0;
    std::optional<Work> work_{};
};

}  // namespace miner
