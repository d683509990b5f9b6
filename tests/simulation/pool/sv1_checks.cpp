#include "simulation/pool/sv1_checks.h"

#include <fmt/format.h>

#include <utility>

namespace simulation {
namespace {

using namespace std::chrono_literals;

// From a gateway's having a tip to SV1 miners: two ways of 40 ms at most in a calm network.
constexpr auto tip_to_miner_max = 1s;

}  // namespace

void Sv1Checks::look() {
    for (const auto& place : pool_.translators().all()) {
        if (!place.process) continue;
        if (const auto most = place.process->most_unsent(); most > place.kind.limits.send_queue_max)
            pool_.world().violation(
                "I9", fmt::format("{}: {} bytes for a miner, where {} are the "
                                  "most",
                                  pool_.name(place.host), most, place.kind.limits.send_queue_max));
        for (const auto& miner : place.miners) check_tip(place, *miner);
    }
    check_live_spaces();
}

const GatewayProcess* Sv1Checks::gateway_of(mining::Epoch epoch) const {
    for (const auto& slot : pool_.gateways())
        if (slot.process && slot.process->has_joined() && slot.process->epoch() == epoch)
            return slot.process.get();
    return nullptr;
}

/// What its gateway has sent to the translator reaches the miner, and what it mines on is of that.
void Sv1Checks::check_tip(const Translators::Place& place, const Sv1MinerProcess& miner) {
    auto& world = pool_.world();
    const auto now = world.now();
    auto& idle_since = idle_since_[&miner];
    const auto& space = miner.journal().space();
    const auto* gateway = miner.has_work() && space && place.journal->is_open(space->job.channel)
                              ? gateway_of(space->job.channel.epoch())
                              : nullptr;
    if (gateway == nullptr || !miner.has_read_all() || !place.process->has_read_all() ||
        miner.connected_at() < place.process->started_at() ||
        place.process->unsent_to(miner.host()) != 0 || gateway->unsent_to(place.host) != 0) {
        idle_since = now;
        return;
    }
    const auto& disturbances = pool_.disturbances();
    if (now - idle_since < tip_to_miner_max || now - gateway->tip_since() < tip_to_miner_max ||
        now - miner.working_since() < tip_to_miner_max ||
        !disturbances.is_calm(gateway->host(), place.host, tip_to_miner_max) ||
        !disturbances.is_calm(place.host, miner.host(), tip_to_miner_max))
        return;
    if (miner.tip() != gateway->work().current()->tip.prev_hash)
        world.violation(
            "I8", fmt::format("{} mines on an old tip {} s after {} had it", miner.journal().name(),
                              std::chrono::duration<double>(now - gateway->tip_since()).count(),
                              pool_.name(gateway->host())));
}

void Sv1Checks::check_live_spaces() {
    std::vector<const Sv1MinerProcess*> miners;
    for (const auto& place : pool_.translators().all())
        for (const auto& miner : place.miners)
            if (miner->has_work() && miner->journal().space()) miners.push_back(miner.get());
    for (std::size_t i = 0; i < miners.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (miners[i]->journal().space()->overlaps(*miners[j]->journal().space()))
                pool_.world().violation(
                    "I7", fmt::format("{} and {} search the same space",
                                      miners[j]->journal().name(), miners[i]->journal().name()));
}

/// Nor one after the other: who comes would find the shares again of who has gone.
void Sv1Checks::check_spaces() {
    struct Searcher {
        const Sv1MinerProcess* miner{};
        const Sv1MinerJournal::Connection* connection{};
    };
    std::map<SearchSpace, Searcher> searchers;
    for (const auto& place : pool_.translators().all())
        for (const auto& miner : place.miners)
            for (const auto& connection : miner->journal().connections())
                for (const auto& space : connection.spaces) {
                    const auto [first, is_new] =
                        searchers.try_emplace(space, Searcher{miner.get(), &connection});
                    const auto& before = first->second;
                    if (is_new || (before.miner == miner.get() && connection.is_resumed)) continue;
                    pool_.world().violation("I7",
                                            fmt::format("{} and {} were given the same space",
                                                        before.connection->name, connection.name));
                }
}

void Sv1Checks::begin_liveness() {
    for (const auto& place : pool_.translators().all())
        for (const auto& miner : place.miners) accepted_before_[miner.get()] = miner->accepted();
}

void Sv1Checks::end_liveness() {
    for (const auto& place : pool_.translators().all())
        for (const auto& miner : place.miners) {
            const auto* what = !miner->has_work() ? "has no work, long after all was healed"
                               : miner->accepted() == accepted_before_[miner.get()]
                                   ? "was not told of one accepted share since all was healed"
                                   : nullptr;
            if (what != nullptr)
                pool_.world().violation("I10", fmt::format("{} {}", miner->journal().name(), what));
        }
}

void Sv1Checks::all_is_answered() {
    for (const auto& place : pool_.translators().all()) {
        for (const auto& miner : place.miners)
            if (miner->outstanding() != 0)
                pool_.world().violation(
                    "I10", fmt::format("{} shares of {} have no answer, long after the last was "
                                       "sent",
                                       miner->outstanding(), miner->journal().name()));
        if (place.journal->has_undecided())
            pool_.world().violation("I10",
                                    fmt::format("shares of {} have no verdict, long after the last "
                                                "was sent",
                                                pool_.name(place.host)));
    }
}

std::vector<auditor::JournalChannel> Sv1Checks::upstream_channels() {
    std::vector<auditor::Sv1Connection> connections;
    for (const auto& place : pool_.translators().all())
        for (const auto& miner : place.miners)
            for (const auto& connection : miner->journal().connections()) {
                auto& audited = connections.emplace_back();
                audited.name = connection.name;
                audited.is_resumed = connection.is_resumed;
                for (const auto& share : connection.shares) {
                    by_hash_.try_emplace(share.audited.hash, Owner{&place, miner.get(), &share});
                    by_name_.try_emplace(share.name, Owner{&place, miner.get(), &share});
                    auto& told = audited.shares.emplace_back(share.audited);
                    // Difficulties below 1 are told as they are, so no share may be easier than the
                    // ledger's target, but of one miner among many on a channel.
                    const bool has_own_channel = place.kind.mode == translator::Mode::per_miner;
                    if (has_own_channel) told.job.reset();
                    const auto& journal = *place.journal;
                    told.was_answered_alone =
                        told.answer == auditor::Sv1Share::Answer::accepted &&
                        (journal.may_be_answered_alone(share.name, share.sent_at,
                                                       share.answered_at) ||
                         (!has_own_channel && journal.may_be_kept(share.name, told.hash)));
                }
            }
    audit_.emplace(std::move(connections));
    std::vector<auditor::JournalChannel> channels;
    for (const auto& place : pool_.translators().all()) {
        const auto header_of = [&](const ShareName& name) {
            auditor::SubmittedShare submitted;
            const auto owner = by_name_.find(name);
            if (owner == by_name_.end()) {
                pool_.world().violation("I2", fmt::format("{} sent a share that none of its miners "
                                                          "did",
                                                          pool_.name(place.host)));
                return submitted;
            }
            submitted.hash = owner->second.share->audited.hash;
            submitted.prev_hash = owner->second.share->header.prev_hash;
            submitted.nbits = owner->second.share->header.nbits;
            submitted.has_header = true;
            return submitted;
        };
        for (auto& channel : place.journal->channels(header_of))
            channels.push_back(std::move(channel));
    }
    return channels;
}

void Sv1Checks::add(const share_log::Record& record) {
    audit_->add(record);
    for (std::size_t i = 0; i < record.hashes.size(); ++i) {
        if (!record.hashes[i]) continue;
        const auto owner = by_hash_.find(*record.hashes[i]);
        if (owner == by_hash_.end()) continue;
        audit_->add_share(*record.hashes[i], record.result.verdicts[i]);
        check_account(record, i, owner->second);
    }
}

/// A gateway was told whose share it is, as the translator's configuration has it.
void Sv1Checks::check_account(const share_log::Record& record, std::size_t at, const Owner& owner) {
    const auto& share = record.batch.shares[at];
    const auto& channel = record.batch.channels[record.batch.jobs[share.job].channel];
    const auto& kind = owner.place->kind;
    const auto account = kind.account_of(owner.miner->user());
    const auto worker = owner.place->journal->tells_workers(channel.key)
                            ? kind.worker_of(owner.miner->user())
                            : std::string{};
    if (channel.user_identity == account && share.worker == worker) return;
    pool_.world().violation(
        "I4", fmt::format("a share of {} is \"{}\", worker \"{}\", in the ledger, and not \"{}\", "
                          "\"{}\"",
                          owner.miner->journal().name(), channel.user_identity, share.worker,
                          account, worker));
}

void Sv1Checks::finish() {
    auto& world = pool_.world();
    std::vector<auditor::Violation> violations;
    audit_->finish(violations);
    for (const auto& [invariant, what] : violations) world.violation(invariant, what);
    check_spaces();
    if (pool_.translators().all().empty()) return;
    const auto& report = audit_->report();
    world.trace(
        "{} shares of SV1 miners: {} accepted, {} rejected, {} unknown; {} and {} too easy for the "
        "job and for the channel, {} answered by a translator alone",
        report.submitted, report.accepted, report.rejected, report.unknown, report.is_short,
        report.is_short_by_channel, report.told_locally);
}

std::uint64_t Sv1Checks::accepted() const {
    std::uint64_t sum = 0;
    for (const auto& place : pool_.translators().all())
        for (const auto& miner : place.miners) sum += miner->accepted();
    return sum;
}

}  // namespace simulation
