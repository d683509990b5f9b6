#include "ledger/epoch.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "ledger/keys.h"
#include "ledger/replicated_call.h"
#include "ledger/scripts.h"

namespace ledger {
namespace {

constexpr std::int64_t tick_us = 4'000;

std::optional<std::int64_t> to_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

base::Result<TakenEpoch, std::string> read_answer(const redis::Reply& reply) {
    const auto epoch = to_integer(reply.string_at(0));
    const auto now_us = to_integer(reply.string_at(1));
    if (!epoch || !now_us || *epoch <= 0 || static_cast<std::uint64_t>(*epoch) > mining::epoch_max)
        return base::unexpected(std::string{"{pool}:epochs holds no epoch"});
    TakenEpoch taken;
    taken.epoch = mining::Epoch{static_cast<std::uint64_t>(*epoch)};
    taken.usable_after =
        std::chrono::microseconds{std::max<std::int64_t>(0, (*epoch + 1) * tick_us - *now_us)};
    return taken;
}

}  // namespace

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
