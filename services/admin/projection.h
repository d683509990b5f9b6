#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "admin/channel_book.h"
#include "admin/miner_book.h"
#include "admin/pool_history.h"
#include "admin/view.h"
#include "base/clock.h"
#include "share_log/record.h"

namespace admin {

/// What the share log tells of channels, workers, accounts and the pool. Without I/O or clock: the
/// same records and moments give the same rows.
///
/// Shares are counted as their record is taken; rows are written in turn, so that each is some
/// seconds old at most however many there are.
class Projection {
  public:
    explicit Projection(View& view);

    struct Place {
        std::uint32_t partition = 0;
        base::UnixMicros committed_at{};
        /// The sums that were read have this record already.
        bool is_in_sums = false;
    };
    void take(const share_log::Record& record, const Place& place);

    /// Time has passed: who has fallen silent, what was expected meanwhile; both only when
    /// `is_live`, the log being read to its end. About once a second.
    void pass(base::UnixMicros now, bool is_live);
    /// Writes the rows whose turn it is, as of `now`; called every `slice`.
    void refresh(base::UnixMicros now, const ChannelBook::WhereaboutsOf& whereabouts);
    /// And the pool's own.
    void write_pool(base::UnixMicros now, base::UnixMicros log_time);

    static constexpr std::chrono::milliseconds slice{100};

    ChannelBook& channels() { return channels_; }
    MinerBook& miners() { return miners_; }
    PoolHistory& pool() { return pool_; }

    History pool_history(base::UnixMicros now, std::chrono::seconds window) const {
        return pool_.history(now, window);
    }
    /// Of a worker or an account, by its row's name, in steps of ten minutes; nothing where there
    /// is none of this name.
    std::optional<History> worker_history(std::string_view name, base::UnixMicros now,
                                          std::chrono::seconds window) const;

    void set_stuck_check(SilenceWatch::IsStuck is_stuck) { is_stuck_ = std::move(is_stuck); }

  private:
    void apply(const bus::EventBody& event, const share_log::Record& record, const Place& place,
               base::UnixMicros at);
    void count(const share_log::Record& record, std::size_t share, const Place& place);
    double network_difficulty(const share_log::Record& record, const bus::Job& job);

    View& view_;
    MinerBook miners_;
    ChannelBook channels_;
    PoolHistory pool_{};
    SilenceWatch::IsStuck is_stuck_ = [](mining::Epoch) { return false; };
    /// The difficulty of the last nbits that was asked for: many shares of one template follow.
    std::uint32_t nbits_ = 0;
    double network_difficulty_ = 0;
};

}  // namespace admin
