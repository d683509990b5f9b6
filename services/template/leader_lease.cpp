#include "template/leader_lease.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/log.h"

namespace templates {
namespace {

// A stop does not wait for a Redis that is away: the lease runs out by itself.
constexpr std::chrono::milliseconds handover_max{500};

}  // namespace

LeaderLease::LeaderLease(boost::asio::io_context& loop, const base::Clock& clock,
                         redis::Client& redis, Metrics& metrics, Settings settings)
    : clock_(clock),
      metrics_(metrics),
      lease_{.client = redis,
             .owner = std::move(settings.owner),
             .length = settings.leadership.lease,
             .durability = settings.durability},
      leadership_(settings.leadership),
      timer_(loop),
      handover_(loop) {}

void LeaderLease::start(Callbacks callbacks) {
    callbacks_ = std::move(callbacks);
    other_seen_at_ = clock_.steady_now();
    turn();
}

void LeaderLease::turn() {
    carry_out(leadership_.on_time(clock_.steady_now(), callbacks_.is_able()));
    timer_.expires_after(std::max<base::SteadyTime::duration>(
        leadership_.next_at() - clock_.steady_now(), std::chrono::milliseconds{1}));
    timer_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (!error && !alive.expired()) turn();
    });
}

void LeaderLease::on_epoch_seen(mining::Epoch epoch) {
    carry_out(leadership_.on_epoch_seen(epoch, clock_.steady_now()));
}

void LeaderLease::ask_soon() {
    leadership_.ask_soon(clock_.steady_now());
    turn();
}

void LeaderLease::on_exhausted() {
    carry_out(leadership_.on_exhausted(clock_.steady_now()));
    turn();
}

void LeaderLease::stop(std::function<void()> done) {
    timer_.cancel();
    auto effects = leadership_.on_stop();
    const bool waits = std::any_of(effects.begin(), effects.end(), [](const auto& effect) {
        return std::holds_alternative<Leadership::Release>(effect);
    });
    if (!waits) {
        carry_out(effects);
        return done();
    }
    on_released_ = [this, done = std::move(done)] {
        handover_.cancel();
        done();
    };
    handover_.expires_after(handover_max);
    handover_.async_wait([this, alive = std::weak_ptr{is_alive_}](const auto& error) {
        if (!error && !alive.expired()) std::exchange(on_released_, [] {})();
    });
    carry_out(effects);
}

void LeaderLease::carry_out(const Leadership::Effects& effects) {
    for (const auto& effect : effects)
        std::visit([this](const auto& one) { carry_out(one); }, effect);
}

void LeaderLease::carry_out(const Leadership::Take& effect) {
    lease_.take(effect.newest, to_leadership());
}

void LeaderLease::carry_out(const Leadership::Confirm& effect) {
    lease_.confirm(effect.epoch, to_leadership());
}

void LeaderLease::carry_out(const Leadership::Renew& effect) {
    lease_.renew(effect.epoch, to_leadership());
}

void LeaderLease::carry_out(const Leadership::Release& effect) {
    lease_.release(effect.epoch, [this, alive = std::weak_ptr{is_alive_}](const auto&) {
        if (!alive.expired()) std::exchange(on_released_, [] {})();
    });
}

void LeaderLease::carry_out(const Leadership::Begin& effect) {
    base::log_info("this replica leads", {{"epoch", effect.epoch.value}});
    callbacks_.on_begin(effect.epoch);
}

void LeaderLease::carry_out(const Leadership::End& effect) {
    other_seen_at_ = clock_.steady_now();
    base::log_info("this replica leads no more",
                   {{"epoch", effect.epoch.value}, {"reason", effect.why}});
    callbacks_.on_end();
}

ledger::OnLeaseAnswer LeaderLease::to_leadership() {
    return [this, alive = std::weak_ptr{is_alive_}](const auto& answer) {
        if (alive.expired()) return;
        const auto now = clock_.steady_now();
        if (!answer) {
            if (!std::exchange(is_warned_, true))
                base::log_warning("Redis does not answer for the leader's lease, asking again",
                                  {{"reason", answer.error()}});
            leadership_.on_no_answer(now);
        } else {
            if (std::exchange(is_warned_, false))
                base::log_info("Redis answers for the leader's lease again");
            if (answer->kind == ledger::LeaseAnswer::Kind::taken_by_another) other_seen_at_ = now;
            carry_out(leadership_.on_answer(*answer, now));
        }
        turn();
    };
}

LeaderLease::Standing LeaderLease::standing() const {
    return {.is_leading = leadership_.is_leading(),
            .confirmed_at = leadership_.confirmed_at(),
            .other_seen_at = other_seen_at_,
            .is_unanswered = is_warned_};
}

void LeaderLease::publish_metrics() {
    metrics_.leader.set(leadership_.is_leading() ? 1 : 0);
    metrics_.leader_epoch.set(static_cast<double>(leadership_.newest().value));
    const auto confirmed_at = leadership_.confirmed_at();
    metrics_.lease_age_seconds.set(
        confirmed_at ? std::chrono::duration<double>(clock_.steady_now() - *confirmed_at).count()
                     : 0.0);
}

}  // namespace templates
