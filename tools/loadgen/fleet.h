#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "loadgen/crew.h"
#include "loadgen/journal.h"
#include "loadgen/link.h"
#include "loadgen/options.h"
#include "loadgen/statistics.h"

namespace loadgen {

/// All connections of a run, and the moments at which each has something to do. One loop.
class Fleet {
  public:
    /// All arguments outlive it. `random` is what comes again with its seed, `keys` is for what
    /// must not.
    Fleet(boost::asio::io_context& loop, const Options& options, const base::Clock& clock,
          base::Random& random, base::Random& keys);

    /// A line of JSON about now.
    std::string status_line();
    /// No more shares: what is left are answers.
    void stop_mining() { crew_->stop_mining(); }
    /// Lets those begin who wait for it.
    void begin();
    /// What the quantiles know.
    void forget_times() { statistics_.forget_times(); }
    /// Ends all connections; then the whole run as JSON.
    std::string finish();
    const Statistics& statistics() const { return statistics_; }
    /// Why no miner has had work until now; nothing when one has, or when there is none. For
    /// people.
    std::optional<std::string> trouble() const;
    /// Shares that wait for their answer.
    std::uint64_t waiting() const;

  private:
    struct Turn {
        base::SteadyTime at{};
        std::uint64_t number{};
        std::shared_ptr<Link> link{};
        /// Of std::priority_queue, which has the greatest on top.
        friend bool operator<(const Turn& a, const Turn& b) { return a.at > b.at; }
    };

    void schedule(Link& link);
    void take_turns();
    void arm();

    boost::asio::io_context& loop_;
    const Options& options_;
    const base::Clock& clock_;
    Statistics statistics_;
    Journal journal_;
    std::unique_ptr<Crew> crew_;
    Link::Hooks hooks_;
    boost::asio::steady_timer timer_;
    base::SteadyTime armed_for_ = Peer::never;
    std::priority_queue<Turn> turns_{};
    std::vector<std::shared_ptr<Link>> links_{};
};

}  // namespace loadgen
