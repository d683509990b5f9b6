#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "base/clock.h"
#include "redis/client.h"
#include "share_log/follower.h"
#include "vardiff/channel_book.h"

namespace vardiff {

/// One partition of the share log, followed: what its channels should be given goes to
/// `on_proposals`. What is known is kept in Redis every so often, with the place in the log that it
/// is of, and a start goes on there: the records since then are read again and give the same. Lives
/// on one loop.
class Partition {
  public:
    struct Settings {
        std::uint32_t partition = 0;
        /// See share_log::Projector::Settings::page_size.
        std::uint32_t page_size = 8;
        std::chrono::milliseconds poll_interval{200};
        /// A channel has some 500 bytes there.
        std::chrono::milliseconds keep_every = std::chrono::seconds{30};
    };
    struct Counters {
        std::uint64_t shares = 0;
        std::uint64_t proposals = 0;
        /// Bytes of records that were trimmed before they were read.
        std::uint64_t bytes_missed = 0;
        /// It goes round a record that it cannot read.
        std::uint64_t unreadable = 0;
        Counters& operator+=(const Counters& other);
    };
    using OnProposals = std::function<void(const Proposals&)>;

    Partition(boost::asio::io_context& loop, redis::Client& client, const base::Clock& clock,
              Settings settings, std::shared_ptr<const Policies> policies,
              OnProposals on_proposals);
    Partition(const Partition&) = delete;
    Partition& operator=(const Partition&) = delete;

    void start();
    /// Keeps what is known, now: another replica goes on from there.
    void keep();

    void set_policies(std::shared_ptr<const Policies> policies);
    void forget_dead(const std::set<mining::Epoch>& living);

    const ChannelBook& book() const { return book_; }
    /// It has read the log to its end: until then what it would propose is of the past.
    bool has_caught_up() const { return has_caught_up_; }
    const Counters& counters() const { return counters_; }
    /// Nothing that was in the log at this moment is unread; before the first look, when it began.
    base::UnixMicros read_to() const { return std::max(read_to_, began_at_); }

  private:
    void load();
    void begin(std::string_view kept);
    void read();
    void take(const share_log::Page& page);
    void on_read_to(base::UnixMicros moment);
    void propose(const Proposals& proposals);
    void after(std::chrono::milliseconds wait, void (Partition::*step)());

    redis::Client& client_;
    const base::Clock& clock_;
    Settings settings_;
    OnProposals on_proposals_;
    ChannelBook book_;
    boost::asio::steady_timer timer_;
    Counters counters_{};
    bool has_begun_ = false;
    bool has_caught_up_ = false;
    /// Behind the last record that the book knows.
    share_log::Position position_{};
    /// It was found unreadable and passed over: what it had is missing, but known to be.
    bool has_passed_over_ = false;
    bool is_changed_ = false;
    /// The log had no more at this moment.
    base::UnixMicros read_to_{};
    /// Redis did not answer since then; until `resume_at_` silence says nothing.
    base::UnixMicros began_at_{};
    bool was_away_ = false;
    base::UnixMicros resume_at_{};
    base::UnixMicros advance_at_{};
    base::SteadyTime keep_at_{};
    /// Gone when we are.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace vardiff
