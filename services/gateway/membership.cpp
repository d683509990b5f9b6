#include "gateway/membership.h"

#include <utility>

#include "ledger/members.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

constexpr auto retry_interval = 500ms;

}  // namespace

Membership::Membership(boost::asio::io_context& loop, redis::Client& redis, base::Random& random,
                       Settings settings)
    : redis_(redis), random_(random), settings_(std::move(settings)), timer_(loop) {}

void Membership::join(OnJoined on_joined, OnRefused on_refused, OnWaiting on_waiting) {
    on_joined_ = std::move(on_joined);
    on_refused_ = std::move(on_refused);
    on_waiting_ = std::move(on_waiting);
    load_config();
}

void Membership::load_config() {
    ledger::load_pool_config(
        redis_, random_, settings_.partitions, settings_.durability,
        [this](base::Result<ledger::PoolConfig, ledger::PoolConfigFailure> loaded) {
            if (loaded) {
                config_ = *loaded;
                return take_epoch();
            }
            if (loaded.error().kind == ledger::PoolConfigError::unavailable)
                return retry(loaded.error().text, &Membership::load_config);
            on_refused_(loaded.error().text);
        });
}

void Membership::take_epoch() {
    ledger::take_epoch(redis_, ledger::EpochKind::gateway, settings_.durability,
                       [this](base::Result<ledger::TakenEpoch, std::string> taken) {
                           if (!taken) return retry(taken.error(), &Membership::take_epoch);
                           epoch_ = taken->epoch;
                           after(taken->usable_after, &Membership::joined);
                       });
}

void Membership::joined() {
    is_member_ = true;
    on_joined_(config_, epoch_);
    beat();
}

void Membership::beat() {
    ledger::beat(redis_, {"gateway", epoch_.value, settings_.address});
    after(ledger::beat_interval, &Membership::beat);
}

void Membership::leave() {
    timer_.cancel();
    if (std::exchange(is_member_, false))
        ledger::leave(redis_, {"gateway", epoch_.value, settings_.address});
}

void Membership::retry(const std::string& why, void (Membership::*step)()) {
    on_waiting_(why);
    after(retry_interval, step);
}

void Membership::after(std::chrono::microseconds wait, void (Membership::*step)()) {
    timer_.expires_after(wait);
    timer_.async_wait([this, step](const boost::system::error_code& error) {
        if (!error) (this->*step)();
    });
}

}  // namespace gateway
