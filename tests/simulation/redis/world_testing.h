#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "simulation/redis/environment.h"

namespace simulation {

/// A world of nothing but events, for tests of the simulated Redis.
class EventWorld {
  public:
    explicit EventWorld(std::uint64_t seed) : random_(seed) {}

    base::Random& random() { return random_; }
    std::uint64_t below(std::uint64_t bound) { return random_.next_u64() % bound; }
    base::SteadyTime now() const { return now_; }
    std::int64_t calendar_us() const {
        return 1'764'201'600'000'000 +
               std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch())
                   .count();
    }
    void after(std::chrono::microseconds wait, std::function<void()> event) {
        events_.emplace(std::pair{now_ + wait, ++given_}, std::move(event));
    }
    RedisEnvironment environment() {
        return {[this] { return now(); }, [this] { return calendar_us(); },
                [this](std::chrono::microseconds wait, std::function<void()> event) {
                    after(wait, std::move(event));
                },
                random_};
    }

    void run_for(std::chrono::microseconds span) {
        const auto end = now_ + span;
        while (!events_.empty() && events_.begin()->first.first <= end) {
            auto next = events_.extract(events_.begin());
            now_ = next.key().first;
            next.mapped()();
        }
        now_ = end;
    }
    /// In steps of a millisecond. False if the claim does not hold within `limit`.
    template <class Claim>
    bool run_until(Claim claim, std::chrono::seconds limit = std::chrono::seconds{60}) {
        const auto end = now_ + limit;
        while (!claim()) {
            if (now_ > end) return false;
            run_for(std::chrono::milliseconds{1});
        }
        return true;
    }

  private:
    base::SeededRandom random_;
    base::SteadyTime now_{std::chrono::hours{1}};
    std::uint64_t given_ = 0;
    std::map<std::pair<base::SteadyTime, std::uint64_t>, std::function<void()>> events_{};
};

}  // namespace simulation
