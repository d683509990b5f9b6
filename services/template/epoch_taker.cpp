#include "template/epoch_taker.h"

#include <utility>

#include "base/log.h"
#include "ledger/epoch.h"

namespace templates {

EpochTaker::EpochTaker(boost::asio::io_context& loop, redis::Client& redis, base::Random& random,
                       ledger::Durability durability)
    : redis_(redis), durability_(durability), backoff_(random, {}), timer_(loop) {}

void EpochTaker::start(std::function<void(mining::Epoch)> taken) {
    taken_ = std::move(taken);
    ask();
}

void EpochTaker::ask() {
    ledger::take_epoch(
        redis_, ledger::EpochKind::template_leader, durability_,
        [this, alive = std::weak_ptr{is_alive_}](const auto& result) {
            if (alive.expired()) return;
            if (!result) {
                base::log_warning("no epoch yet, asking again", {{"reason", result.error()}});
                return after(backoff_.next(), [this] { ask(); });
            }
            after(result->usable_after, [this, epoch = result->epoch] { taken_(epoch); });
        });
}

void EpochTaker::after(std::chrono::microseconds wait, std::function<void()> then) {
    timer_.expires_after(wait);
    timer_.async_wait(
        [alive = std::weak_ptr{is_alive_}, then = std::move(then)](const auto& error) {
            if (!error && !alive.expired()) then();
        });
}

}  // namespace templates
