#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "service/event_ring.h"
#include "service/loop.h"
#include "service/metrics.h"
#include "service/stage.h"

namespace service {

/// Sees that the loop turns and that what waits, moves. It has a thread that owns nothing: the
/// loop stamps an atomic and the stages publish atomics, the thread only reads them and says what
/// stands still, by name. Also dumps the last events on SIGQUIT, which works while the loop is
/// stuck if every thread blocks that signal (run_service() does).
///
/// Owned by main. Stages are added before start().
class Watchdog {
  public:
    struct Limits {
        /// No turn for so long, with one due every 100 ms, is a wedged loop: liveness fails, and a
        /// supervisor restarts us, which loses nothing.
        std::chrono::milliseconds turn_max{std::chrono::seconds{10}};
        /// How often the thread looks: often enough to name the stage before a human asks.
        std::chrono::milliseconds look_every{500};
    };
    using OnLiveness = std::function<void(bool live)>;  // runs on the watchdog's thread

    Watchdog(const base::Clock& clock, Limits limits);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// A queue to watch. `name` is what the log and the metric say: "commit", "bus_send".
    Stage& add_stage(std::string_view name, std::chrono::milliseconds wait_max);

    /// What the loop did, for the dump; see EventRing::add(). Only the loop's thread.
    template <std::size_t N>
    void event(const char (&what)[N], std::uint64_t id = 0) {
        ring_.add(clock_.steady_now(), what, id);
    }

    /// Publishes depth, age and limit of every stage, the count of stalls, and how late the loop's
    /// turns are.
    void export_to(Registry& metrics);

    /// Starts stamping on the loop and watching it. Once.
    void start(Loop& loop, OnLiveness on_liveness);
    void stop();

    /// The loop turned. start() arranges for it; a test calls it.
    void stamp() { turned_at_ = clock_.steady_now().time_since_epoch().count(); }
    /// It turned, and should have when `due` was. From the loop, as stamp() is.
    void stamp(base::SteadyTime due);

    /// One look: names what began or ceased to stand still, and returns whether the loop is live.
    bool look();

    /// Stages and last events into the log. Any thread.
    void dump(std::string_view why) const;

    struct StageStatus {
        std::string name{};
        std::size_t depth = 0;
        std::chrono::nanoseconds oldest{};
        std::chrono::milliseconds wait_max{};
        bool is_stalled = false;
        std::string oldest_entry{};  // empty where the stage does not say
    };
    struct Status {
        std::chrono::nanoseconds since_turn{};
        bool is_wedged = false;
        std::uint64_t stalls = 0;
        std::vector<StageStatus> stages{};
    };
    struct PastEvent {
        std::chrono::nanoseconds ago{};
        std::string_view what{};
        std::uint64_t id = 0;
    };
    /// How it stands at this moment. Any thread.
    Status status() const;
    /// The loop's last events, oldest first. Any thread.
    std::vector<PastEvent> events() const;

  private:
    std::chrono::nanoseconds since_turn(base::SteadyTime now) const;
    void wait_for_stamp();
    void watch();

    const base::Clock& clock_;
    Limits limits_;
    EventRing ring_{};
    std::deque<Stage> stages_{};
    std::vector<char> stalled_{};  // what the last look said of each stage; the thread's
    std::atomic<std::int64_t> turned_at_{0};
    std::atomic<std::uint64_t> stalls_{0};
    bool live_ = true;  // what the last look said; the thread's
    OnLiveness on_liveness_{};
    Histogram* lag_seconds_{};  // of the registry
    std::unique_ptr<boost::asio::steady_timer> stamp_timer_{};
    int stop_event_ = -1;  // an eventfd that wakes the thread for good
    std::thread thread_{};
};

}  // namespace service
