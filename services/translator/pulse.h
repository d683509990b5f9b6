#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace translator {

/// Whether a pool that says nothing is still there. The mining protocol has no ping, but an
/// UpdateChannel for a channel that does not exist must be answered with an error (Sv2 5.3.8); a
/// pool that has once answered that is expected to do so again. Of one that never does, only
/// minutes of silence while answers are due tell.
class Pulse {
  public:
    /// Jobs come every half minute where there are transactions.
    static constexpr std::chrono::seconds quiet_max{60};
    /// Sooner, where an answer is due.
    static constexpr std::chrono::seconds quiet_while_due_max{10};
    static constexpr std::chrono::seconds reply_deadline{10};
    static constexpr std::chrono::seconds silence_max{180};

    /// `answers_probes`: known of earlier connections to this pool.
    Pulse(bool answers_probes, base::SteadyTime now)
        : answers_probes_(answers_probes), heard_at_(now) {}

    /// Anything came.
    void on_heard(base::SteadyTime now) {
        heard_at_ = now;
        probed_at_.reset();
        is_doubted_ = false;
    }
    /// Another connection to this pool has died of silence; whether that had answered a probe.
    void doubt(bool answers_probes) {
        is_doubted_ = true;
        answers_probes_ = answers_probes_ || answers_probes;
    }
    void on_probe_answered() { answers_probes_ = true; }
    bool answers_probes() const { return answers_probes_; }

    enum class Advice { none, probe, dead };
    /// Called every second or so. `due_since`: when the oldest share or question was sent that has
    /// no answer yet. After `probe` one is sent.
    Advice advise(base::SteadyTime now, std::optional<base::SteadyTime> due_since);

  private:
    bool answers_probes_;
    base::SteadyTime heard_at_;
    bool is_doubted_ = false;
    std::optional<base::SteadyTime> probed_at_{};  // and nothing was heard since
};

}  // namespace translator
