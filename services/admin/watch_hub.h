#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "admin/api_error.h"
#include "admin/watch_feed.h"
#include "admin/watch_stream.h"
#include "base/clock.h"
#include "base/random.h"

namespace admin {

/// Everybody who watches. Once a second each feed takes in what has changed, and each watcher who
/// has read what it had is sent on from its place. Owned by the API; the loop's.
class WatchHub {
  public:
    struct Limits {
        std::size_t watchers_max = 10'000;
        /// Collections by filter: each is asked of every row that changes.
        std::size_t feeds_max = 256;
        std::chrono::milliseconds interval{1'000};
        /// How long a feed without watchers can be resumed.
        std::chrono::milliseconds feed_kept{120'000};
    };
    /// What is watched: a collection, with its parent and filter as they were written.
    struct Topic {
        std::string collection{};
        std::string parent{};
        std::string filter{};
        friend auto operator<=>(const Topic&, const Topic&) = default;
    };
    /// `id` and `filter_hash` are for WatchFeed.
    using MakeFeed =
        std::function<std::unique_ptr<WatchFeed>(std::uint64_t id, std::uint64_t filter_hash)>;

    WatchHub(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random)
        : WatchHub(loop, clock, random, Limits{}) {}
    WatchHub(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
             const Limits& limits);
    WatchHub(const WatchHub&) = delete;
    WatchHub& operator=(const WatchHub&) = delete;

    /// Sends a snapshot, or what has changed since the token, and from then on what changes; or
    /// ends the stream with why not: too many watchers or filters, a token of another filter, one
    /// that is too old.
    void open(const std::shared_ptr<WatchStream>& stream, const Topic& topic,
              const std::string& resume_token, const MakeFeed& make_feed);
    /// Ends all streams.
    void close();

    std::size_t watchers() const { return watchers_.size(); }
    std::size_t feeds() const { return feeds_.size(); }
    /// One round, as the timer does it.
    void tick();

  private:
    struct Kept {
        std::unique_ptr<WatchFeed> feed{};
        std::size_t watchers = 0;
        base::SteadyTime unwatched_since{};
    };
    struct Watcher {
        std::shared_ptr<WatchStream> stream{};
        Kept* kept = nullptr;
        Sequence place = 0;
        Sequence snapshot_end = 0;
        bool is_synced = false;
    };
    using Watchers = std::map<std::uint64_t, Watcher>;

    ApiResult<Kept*> find_feed(const Topic& topic, const MakeFeed& make_feed);
    ApiResult<Sequence> place_of(const Kept& kept, const std::string& token) const;
    void send_on(Watcher& watcher);
    /// Some of those from this one on; the loop has others to serve in between.
    void send_on_from(std::uint64_t id);
    void forget(std::uint64_t id);
    void drop_old_feeds();
    void arm();

    boost::asio::io_context& loop_;
    const base::Clock& clock_;
    base::Random& random_;
    Limits limits_;
    std::map<Topic, Kept> feeds_{};
    Watchers watchers_{};
    std::uint64_t next_id_ = 0;
    boost::asio::steady_timer timer_;
    bool is_armed_ = false;
    bool is_sending_ = false;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace admin
