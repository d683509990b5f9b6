#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "ledger/template_lease.h"
#include "template/leadership.h"
#include "template/metrics.h"

namespace templates {

/// Carries out what Leadership decides. Owned by the loop.
class LeaderLease {
  public:
    struct Settings {
        Leadership::Settings leadership{};
        ledger::Durability durability{};
        /// A name that no other start of a replica has; operators see it in Redis.
        std::string owner{};
    };
    struct Callbacks {
        /// See Leadership::on_time().
        std::function<bool()> is_able{};
        std::function<void(mining::Epoch)> on_begin{};
        std::function<void()> on_end{};
    };

    LeaderLease(boost::asio::io_context& loop, const base::Clock& clock, redis::Client& redis,
                Metrics& metrics, Settings settings);

    void start(Callbacks callbacks);

    void on_epoch_seen(mining::Epoch epoch);
    /// What it waits for has come, or its leader is gone.
    void ask_soon();
    void on_exhausted();
    /// Hands over. `done` runs when Redis knows, or does not answer in time.
    void stop(std::function<void()> done);

    void publish_metrics();

    /// What Redis, or the clock, says of the lease.
    struct Standing {
        bool is_leading = false;
        /// Since when Redis has not confirmed the own lease; nothing where there is none.
        std::optional<base::SteadyTime> confirmed_at{};
        /// When another replica was last known to have it, else since when one has been looked for.
        base::SteadyTime other_seen_at{};
        /// Redis did not answer the last question.
        bool is_unanswered = false;
    };
    Standing standing() const;
    std::chrono::milliseconds length() const { return lease_.length; }

  private:
    void turn();
    void carry_out(const Leadership::Effects& effects);
    void carry_out(const Leadership::Take& effect);
    void carry_out(const Leadership::Confirm& effect);
    void carry_out(const Leadership::Renew& effect);
    void carry_out(const Leadership::Release& effect);
    void carry_out(const Leadership::Begin& effect);
    void carry_out(const Leadership::End& effect);
    ledger::OnLeaseAnswer to_leadership();

    const base::Clock& clock_;
    Metrics& metrics_;
    ledger::TemplateLease lease_;
    Leadership leadership_;
    Callbacks callbacks_{};
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer handover_;
    std::function<void()> on_released_ = [] {};
    bool is_warned_ = false;
    base::SteadyTime other_seen_at_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace templates
