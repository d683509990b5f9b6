#include "ledger/epoch.h"

#include <algorithm>
#include <optional>

#include "base/integer.h"
#include "ledger/keys.h"
#include "ledger/replicated_call.h"
#include "ledger/scripts.h"

namespace ledger {
namespace {

base::Result<TakenEpoch, std::string> read_answer(const redis::Reply& reply) {
    const auto epoch = base::parse_integer<std::int64_t>(reply.string_at(0));
    const auto now_us = base::parse_integer<std::int64_t>(reply.string_at(1));
    if (!epoch || !now_us || *epoch <= 0 || static_cast<std::uint64_t>(*epoch) > mining::epoch_max)
        return base::unexpected(std::string{"{pool}:epochs holds no epoch"});
    TakenEpoch taken;
    taken.epoch = mining::Epoch{static_cast<std::uint64_t>(*epoch)};
    taken.usable_after = epoch_usable_after(taken.epoch, std::chrono::microseconds{*now_us});
    return taken;
}

}  // namespace

std::chrono::microseconds epoch_usable_after(mining::Epoch epoch, std::chrono::microseconds now) {
    const auto ended = (static_cast<std::int64_t>(epoch.value) + 1) * epoch_tick;
    return std::max(std::chrono::microseconds{0}, ended - now);
}

void take_epoch(redis::Client& client, EpochKind kind, const Durability& durability,
                std::function<void(base::Result<TakenEpoch, std::string>)> done) {
    const redis::Script script{std::string{scripts::take_epoch}};
    durable_eval(client, script, {keys::epochs},
                 {kind == EpochKind::gateway ? "gateway" : "template"}, durability,
                 [done = std::move(done), needed = std::int64_t{durability.replicas}](
                     const base::Result<redis::Replicated, redis::Error>& result) {
                     if (!result) return done(base::unexpected(result.error().text));
                     if (result->replicas < needed)
                         return done(base::unexpected(std::string{"too few replicas"}));
                     done(read_answer(result->reply));
                 });
}

}  // namespace ledger
