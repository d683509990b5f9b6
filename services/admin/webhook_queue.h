#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/clock.h"

namespace admin {

/// What is to be told to one receiver.
struct Delivery {
    /// The same in every repeat: receivers drop what they have.
    std::string id{};
    std::string event{};
    std::string body{};
    /// Of the entry of `{pool}:blocks` that it is made of; empty for problems.
    std::string place{};
};

/// What waits for one receiver, in order: one at a time, again with longer and longer rests while
/// it is not taken, for a day; then it is given up. Pure.
class WebhookQueue {
  public:
    static constexpr std::size_t size_max = 10'000;
    static constexpr std::chrono::milliseconds rest_first{1'000};
    static constexpr std::chrono::milliseconds rest_last{10 * 60 * 1'000};
    static constexpr std::chrono::hours given_up_after{24};

    enum class Outcome { taken, refused_for_good, failed };

    /// False where something had to go for it: the oldest problem, or where there is none itself.
    bool push(Delivery delivery);

    /// What is to be sent now; null while nothing waits, something is on its way or a rest lasts.
    const Delivery* next(base::SteadyTime now);
    /// When next() is worth asking; nothing while nothing waits or something is on its way.
    std::optional<base::SteadyTime> due() const;

    struct Ended {
        /// Up to here blocks need not be told again; empty where that has not changed.
        std::string place{};
        bool is_given_up = false;
    };
    /// Of what next() gave.
    Ended on_outcome(Outcome outcome, base::SteadyTime now);

    std::size_t size() const { return waiting_.size(); }
    bool is_stopped() const { return is_stopped_; }
    std::optional<base::SteadyTime> oldest_tried() const { return first_try_; }

  private:
    std::deque<Delivery> waiting_{};
    bool is_sending_ = false;
    bool is_stopped_ = false;  // the receiver said 410
    std::optional<base::SteadyTime> first_try_{};
    base::SteadyTime not_before_ = base::SteadyTime::min();
    std::chrono::milliseconds rest_ = rest_first;
};

}  // namespace admin
