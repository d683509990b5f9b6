#pragma once

#include <fmt/format.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "simulation/chance.h"

namespace simulation {

class Life;

/// All that is simulated happens in one world, on one thread, in virtual time, and happens again in
/// the same way with the same seed. One world at a time in a program.
class World {
  public:
    using Event = std::function<void()>;
    struct Violation {
        std::string invariant{};
        std::string what{};
        base::SteadyTime at{};
    };

    explicit World(std::uint64_t seed);
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World();

    std::uint64_t seed() const { return seed_; }
    /// The run's chance. A part that draws much, or at its own pace, draws from a fork.
    Chance& random() { return chance_; }
    Chance fork(std::string_view name) const { return chance_.fork(name); }
    std::uint64_t below(std::uint64_t n) { return chance_.below(n); }
    bool chance(double probability) { return chance_.happens(probability); }

    /// Of all processes. Polled after each instant in which something happened, and when one of its
    /// timers is due.
    boost::asio::io_context& loop() { return loop_; }

    base::SteadyTime now() const;
    /// How long the world has existed.
    std::chrono::microseconds age() const;
    /// A clock that is never wrong; a process has a ProcessClock.
    const base::Clock& clock() const { return clock_; }

    /// An event of the world itself. Events of one instant happen in the order in which they were
    /// asked for.
    void after(std::chrono::microseconds wait, Event event);
    /// An event of one process: dropped when that has died, late when it is frozen.
    void after(const Life& life, std::chrono::microseconds wait, Event event);
    /// What is known of a life, also when that is over.
    struct LifeState;
    void after(const std::shared_ptr<LifeState>& life, std::chrono::microseconds wait, Event event);

    /// Lets so much time pass, or less when an invariant is violated meanwhile.
    void run_for(std::chrono::microseconds span);

    /// Nothing that is due happens any more. To be called before what is due is about is destroyed.
    void drop_events();

    /// `invariant` is one of I1 to I10, or names what else must never happen.
    void violation(std::string_view invariant, std::string what);
    const std::vector<Violation>& violations() const { return violations_; }

    /// A line of what happened: the last ones are printed with a failure, all of them to stderr
    /// where the run is traced. All of them, with mix(), are the run's fingerprint.
    template <class... Args>
    void trace(fmt::format_string<Args...> text, Args&&... args) {
        line_.clear();
        fmt::format_to(std::back_inserter(line_), text, std::forward<Args>(args)...);
        add_line();
    }
    void print_trace(bool is_wanted) { prints_trace_ = is_wanted; }
    /// The last lines, oldest first.
    const std::deque<std::string>& last_lines() const { return lines_; }
    /// Adds a number to the fingerprint that is not worth a line.
    void mix(std::uint64_t value) { fingerprint_ = (fingerprint_ ^ value) * 0x100000001b3U; }
    /// Two runs that were the same have the same.
    std::uint64_t fingerprint() const { return fingerprint_; }
    std::uint64_t events() const { return events_; }

  private:
    struct Due {
        base::SteadyTime at{};
        std::uint64_t order{};
        std::uint32_t slot{};
        bool operator>(const Due& other) const {
            return at != other.at ? at > other.at : order > other.order;
        }
    };
    struct Slot {
        std::shared_ptr<LifeState> life{};
        Event event{};
    };
    class TrueClock final : public base::Clock {
      public:
        base::UnixMicros unix_now() const override;
        base::SteadyTime steady_now() const override;
    };

    void put(std::shared_ptr<LifeState> life, base::SteadyTime at, Event event);
    void run_next();
    void add_line();

    std::uint64_t seed_;
    Chance chance_;
    TrueClock clock_{};
    boost::asio::io_context loop_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        loop_.get_executor()};
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_{};
    std::vector<Slot> slots_{};
    std::vector<std::uint32_t> free_slots_{};
    std::uint64_t last_order_{};
    std::uint64_t events_{};
    std::vector<Violation> violations_{};
    std::string line_{};
    std::deque<std::string> lines_{};
    bool prints_trace_{};
    std::uint64_t fingerprint_{0xcbf29ce484222325U};
};

}  // namespace simulation
