#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "ledger/template_lease.h"
#include "mining/ids.h"

namespace templates {

/// Whether this replica leads (architecture D12): it asks Redis for the lease, renews it, and ends
/// its epoch when a newer one appears, be it in Redis or in another replica's stream. Redis that
/// does not answer ends nothing. Pure state: it says what must happen, its owner does it.
class Leadership {
  public:
    struct Settings {
        /// A dead leader is replaced when its lease has run out. Renewed four times meanwhile.
        std::chrono::milliseconds lease{1'000};
    };

    /// Ask Redis; one request at a time. The answer, or that there is none, comes back.
    struct Take {
        mining::Epoch newest{};
    };
    struct Confirm {
        mining::Epoch epoch{};
    };
    struct Renew {
        mining::Epoch epoch{};
    };
    /// Nobody waits for the answer.
    struct Release {
        mining::Epoch epoch{};
    };
    /// Name templates under this epoch, which nobody else ever has.
    struct Begin {
        mining::Epoch epoch{};
    };
    /// Name no more templates.
    struct End {
        mining::Epoch epoch{};
        std::string_view why{};
    };
    using Effect = std::variant<Take, Confirm, Renew, Release, Begin, End>;
    using Effects = std::vector<Effect>;

    explicit Leadership(Settings settings) : settings_(settings) {}

    /// To be called at next_at(), or sooner. `is_able`: this replica has a template of its own
    /// that it could stream now.
    Effects on_time(base::SteadyTime now, bool is_able);
    /// To the last Take, Confirm or Renew.
    Effects on_answer(const ledger::LeaseAnswer& answer, base::SteadyTime now);
    void on_no_answer(base::SteadyTime now);
    /// In another replica's stream.
    Effects on_epoch_seen(mining::Epoch epoch, base::SteadyTime now);
    /// What it waits for may have changed: the next on_time() asks.
    void ask_soon(base::SteadyTime now);
    /// This epoch has no more names: hands the lease back, to take another.
    Effects on_exhausted(base::SteadyTime now);
    /// Hands over; asks for nothing more.
    Effects on_stop();

    base::SteadyTime next_at() const { return next_at_; }
    bool is_leading() const { return stage_ == Stage::leading; }
    /// Ours while leading.
    std::optional<mining::Epoch> epoch() const;
    /// The newest that was heard of, ours included.
    mining::Epoch newest() const { return newest_; }
    /// When Redis last confirmed the lease.
    std::optional<base::SteadyTime> confirmed_at() const { return confirmed_at_; }

  private:
    enum class Stage {
        following,
        waiting,  ///< the epoch is ours, to be confirmed by Redis after usable_at_
        leading,
        stopped,
    };
    bool has_epoch() const { return stage_ == Stage::waiting || stage_ == Stage::leading; }
    void end(std::string_view why, Effects& effects);
    void on_taken(const ledger::LeaseAnswer& answer, base::SteadyTime now, Effects& effects);
    std::chrono::milliseconds rest() const { return settings_.lease / 4; }

    Settings settings_;
    Stage stage_ = Stage::following;
    mining::Epoch epoch_{};
    mining::Epoch newest_{};
    base::SteadyTime usable_at_{};
    base::SteadyTime asked_at_{};
    base::SteadyTime next_at_{};
    std::optional<base::SteadyTime> confirmed_at_{};
    bool is_asking_ = false;
    bool is_able_ = false;
};

}  // namespace templates
