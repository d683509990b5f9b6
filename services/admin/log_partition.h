#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "admin/projection.h"
#include "base/clock.h"
#include "redis/client.h"
#include "share_log/follower.h"

namespace admin {

/// One partition's sums and its log, followed from its beginning into a projection. Nobody waits
/// for what it makes of it: a gap is counted and passed over. Lives on one loop.
class LogPartition {
  public:
    struct Settings {
        std::uint32_t partition = 0;
        /// See share_log::Projector::Settings::page_size.
        std::uint32_t page_size = 8;
        std::chrono::milliseconds poll_interval{250};
    };
    struct Counters {
        std::uint64_t records = 0;
        std::uint64_t shares = 0;
        std::uint64_t gaps = 0;
        std::uint64_t bytes_missed = 0;
        std::uint64_t unreadable = 0;
    };

    LogPartition(boost::asio::io_context& loop, redis::Client& client, const base::Clock& clock,
                 Settings settings, Projection& projection);
    LogPartition(const LogPartition&) = delete;
    LogPartition& operator=(const LogPartition&) = delete;

    void start();
    void stop();

    bool has_caught_up() const { return has_caught_up_; }
    /// Nothing that was in the log before this is unread; while it catches up, when what it has
    /// read was written.
    base::UnixMicros read_to() const { return read_to_; }
    const share_log::Position& position() const { return position_; }
    const Counters& counters() const { return counters_; }

  private:
    void read_sums();
    void take_sums(const redis::Reply& reply);
    void read();
    void take(const share_log::Page& page);
    void take(const share_log::Entry& entry);
    void on_read_to(base::UnixMicros moment);
    void after(std::chrono::milliseconds wait, void (LogPartition::*step)());

    redis::Client& client_;
    const base::Clock& clock_;
    Settings settings_;
    Projection& projection_;
    boost::asio::steady_timer timer_;
    Counters counters_{};
    share_log::Position position_{};
    /// Up to here the sums have it.
    std::uint64_t summed_bytes_ = 0;
    bool has_caught_up_ = false;
    /// An entry was found unreadable and passed over: what it had is missing, but known to be.
    bool has_passed_over_ = false;
    /// Redis did not answer since `read_to_`.
    bool was_away_ = false;
    base::UnixMicros read_to_{};
    base::UnixMicros resume_at_{};
    /// Gone when we are.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace admin
