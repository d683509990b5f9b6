#include "ledger/template_lease.h"

#include <optional>
#include <utility>

#include "base/integer.h"
#include "ledger/epoch.h"
#include "ledger/keys.h"
#include "ledger/replicated_call.h"
#include "ledger/scripts.h"

namespace ledger {
namespace {

std::optional<LeaseAnswer::Kind> to_kind(std::string_view verdict) {
    using Kind = LeaseAnswer::Kind;
    const std::pair<std::string_view, Kind> kinds[] = {{"taken", Kind::taken},
                                                       {"held", Kind::held},
                                                       {"fenced", Kind::fenced},
                                                       {"taken by another", Kind::taken_by_another},
                                                       {"released", Kind::released}};
    for (const auto& [name, kind] : kinds)
        if (name == verdict) return kind;
    return std::nullopt;
}

base::Result<LeaseAnswer, std::string> read_answer(const redis::Reply& reply) {
    const auto kind = to_kind(reply.string_at(0));
    const auto epoch = base::parse_integer<std::int64_t>(reply.string_at(1));
    const auto left_ms = base::parse_integer<std::int64_t>(reply.string_at(3));
    const auto now_us = base::parse_integer<std::int64_t>(reply.string_at(4));
    if (!kind || !epoch || !left_ms || !now_us || *epoch < 0 ||
        static_cast<std::uint64_t>(*epoch) > mining::epoch_max)
        return base::unexpected(std::string{"{pool}:template-leader holds no lease"});
    LeaseAnswer answer;
    answer.kind = *kind;
    answer.epoch = mining::Epoch{static_cast<std::uint64_t>(*epoch)};
    answer.owner = reply.string_at(2);
    answer.left = std::chrono::milliseconds{*left_ms};
    answer.usable_after = epoch_usable_after(answer.epoch, std::chrono::microseconds{*now_us});
    return answer;
}

redis::Args arguments(const TemplateLease& lease, std::string_view verb, mining::Epoch epoch) {
    return {std::string{verb}, lease.owner, std::to_string(epoch.value),
            std::to_string(lease.length.count())};
}

void call(const TemplateLease& lease, std::string_view verb, mining::Epoch epoch,
          OnLeaseAnswer done) {
    const redis::Script script{std::string{scripts::template_lease}};
    redis::eval(lease.client, script, {keys::template_leader, keys::epochs},
                arguments(lease, verb, epoch),
                [done = std::move(done)](const base::Result<redis::Reply, redis::Error>& result) {
                    if (!result) return done(base::unexpected(result.error().text));
                    done(read_answer(*result));
                });
}

}  // namespace

void TemplateLease::take(mining::Epoch newest, OnLeaseAnswer done) const {
    const redis::Script script{std::string{scripts::template_lease}};
    durable_eval(
        client, script, {keys::template_leader, keys::epochs}, arguments(*this, "take", newest),
        durability,
        [done = std::move(done), needed = std::int64_t{durability.replicas}](
            const base::Result<redis::Replicated, redis::Error>& result) {
            if (!result) return done(base::unexpected(result.error().text));
            auto answer = read_answer(result->reply);
            if (answer && answer->kind == LeaseAnswer::Kind::taken && result->replicas < needed)
                return done(base::unexpected(std::string{"too few replicas"}));
            done(std::move(answer));
        });
}

void TemplateLease::confirm(mining::Epoch epoch, OnLeaseAnswer done) const {
    call(*this, "confirm", epoch, std::move(done));
}

void TemplateLease::renew(mining::Epoch epoch, OnLeaseAnswer done) const {
    call(*this, "renew", epoch, std::move(done));
}

void TemplateLease::release(mining::Epoch epoch, OnLeaseAnswer done) const {
    call(*this, "release", epoch, std::move(done));
}

}  // namespace ledger
