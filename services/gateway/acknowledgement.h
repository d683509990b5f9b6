#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "bitcoin/difficulty.h"

namespace gateway {

/// How long accepted shares may wait to be acknowledged together: until there are `count`, or the
/// first has waited for `time`, whichever comes first. 0 is no such bound; with neither, which is
/// the default, nothing waits, because miners show late acknowledgements as lost shares.
struct AcknowledgementHold {
    std::uint32_t count{};
    std::chrono::milliseconds time{};
    bool is_none() const { return count == 0 && time.count() == 0; }
};

/// What waits to be said about accepted shares: one SubmitShares.Success for each channel and batch
/// (reference 4.11). The sum is the floor of the exact sum; the fraction is carried into the next.
class Acknowledgement {
  public:
    void add(std::uint32_t sequence_number, bitcoin::Difficulty difficulty) {
        last_sequence_number_ = sequence_number;
        ++count_;
        sum_ += difficulty;
    }
    bool is_empty() const { return count_ == 0; }
    std::uint32_t count() const { return count_; }

    struct Taken {
        std::uint32_t last_sequence_number{};
        std::uint32_t count{};
        std::uint64_t whole_difficulty{};
    };
    Taken take() {
        const Taken taken{last_sequence_number_, count_, sum_.whole()};
        const auto carried = sum_.fraction();
        sum_ = {};
        sum_ += carried;
        count_ = 0;
        return taken;
    }

  private:
    std::uint32_t last_sequence_number_{};
    std::uint32_t count_{};
    bitcoin::DifficultySum sum_{};
};

/// Which channels of one connection have accepted shares to be told about, and since when. Knows
/// nothing of what is said to them.
class AcknowledgementQueue {
  public:
    explicit AcknowledgementQueue(AcknowledgementHold hold) : hold_(hold) {}

    /// The channel had `count` unsaid shares with the one that was just accepted.
    void on_accepted(std::uint32_t channel, std::uint32_t count, bool solves_block);

    /// Moves the channels whose time has come into `taken`, each once, in order, and nothing else.
    /// Called after each batch of verdicts and from time to time in between; with the same vector
    /// again and again it allocates nothing.
    void take_due(base::SteadyTime now, std::vector<std::uint32_t>& taken);
    /// All of them.
    void take_all(std::vector<std::uint32_t>& taken);

    bool is_empty() const { return new_.empty() && due_.empty() && held_.empty(); }

  private:
    struct Held {
        std::uint32_t channel{};
        base::SteadyTime since{};
    };
    AcknowledgementHold hold_;
    std::vector<std::uint32_t> due_{};
    // Began to wait since the last call, which is when it learns the time.
    std::vector<std::uint32_t> new_{};
    // In the order of their times. No deque: an empty one takes 600 bytes of each connection.
    std::vector<Held> held_{};
};

}  // namespace gateway
