#include "simulation/pool/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "bitcoin/target.h"
#include "ledger/keys.h"
#include "share_log/follower.h"
#include "share_log/record.h"
#include "simulation/pool/scale.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 200ms;
// From a gateway's having a tip to its miners: it is sent at once, and a calm network takes 40 ms.
constexpr auto tip_to_miner_max = 1s;
// From the node to a gateway: the same way, and what was held up before has come meanwhile.
constexpr std::chrono::seconds tip_to_gateway_max = 2s;
// Within which a stream that was lost is asked for again (rpc/backoff.h), and is not answered for
// two seconds before.
constexpr std::chrono::seconds stream_back_max = 7s;
// What opens and closes of channels may wait beyond their bound: the closes of connections that
// have ended are not asked for and cannot be refused.
constexpr std::size_t closes_max = 200;
// What vardiff takes for the end of the log is so old (vardiff/partition.cpp).
constexpr std::chrono::seconds log_lag_max = 1s;
// Within which a vardiff replica contradicts a target that another one had proposed: three looks.
constexpr std::chrono::seconds contradicted_within = 4s;
// What is under way when all is well: a batch's way there and back, many times over.
constexpr auto moves_within = 2s;

/// A batch that came before that moment, or a scan, which nobody asks for any more.
bool holds_old_work(const channel_manager::Worker& worker, base::SteadyTime moment) {
    using enum bus::WaitsFor;
    std::size_t batches = 0;
    for (const auto what : {ledger, templates, solution}) {
        const auto queue = worker.queue(what);
        if (queue.depth != 0 && queue.oldest < moment) return true;
        batches += queue.depth;
    }
    return worker.held() > batches;
}

}  // namespace

void Checks::begin() {
    pool_.world().after(look_interval, [this] {
        look();
        begin();
    });
}

void Checks::look() {
    pool_.templates().look();
    check_queues();
    check_tips();
    sv1_.look();
}

void Checks::check_queues() {
    auto& world = pool_.world();
    const auto within = [&](Host host, const char* queue, std::size_t depth, std::size_t bound) {
        if (depth > bound)
            world.violation("I9", fmt::format("{}: {} {}, where {} are the most", pool_.name(host),
                                              depth, queue, bound));
    };
    for (const auto& slot : pool_.gateways()) {
        if (!slot.process || !slot.process->has_joined()) continue;
        const auto& dispatcher = slot.process->dispatcher();
        // A target that goes out with a job is written down whether there is room or not. What
        // vardiff proposes meanwhile waits, so there is one for each channel.
        std::size_t channels = 0;
        for (const auto& [id, connection] : slot.process->connections())
            channels += connection->session()->channels();
        within(slot.host, "entries in a partition", dispatcher.fullest(),
               scale::entries_a_partition + scale::entries_a_read + channels);
        within(slot.host, "opens and closes in a partition", dispatcher.most_paced(),
               scale::paced_a_partition + scale::entries_a_read + closes_max);
        within(slot.host, "batches in flight", dispatcher.batches_in_flight(), scale::partitions);
        for (const auto& [id, connection] : slot.process->connections())
            within(slot.host, "bytes for a miner", connection->unsent(),
                   scale::output.of(connection->session()->channels()) + scale::output_at_once);
    }
    for (const auto& slot : pool_.workers()) {
        if (!slot.process || slot.process->worker() == nullptr) continue;
        std::size_t held = 0;
        for (const auto waits_for :
             {bus::WaitsFor::ledger, bus::WaitsFor::templates, bus::WaitsFor::solution})
            held += slot.process->worker()->queue(waits_for).depth;
        within(slot.host, "batches held", held, scale::credits * slot.process->gateways());
    }
}

void Checks::check_tips() {
    const auto streamed = pool_.templates().streamed();
    for (const auto& slot : pool_.gateways()) {
        if (!slot.process || !slot.process->has_joined()) continue;
        const auto& gateway = *slot.process;
        if (streamed) check_tip(gateway, *streamed);
        for (const auto& miner : pool_.miners())
            if (miner->gateway() == slot.host && miner->connected_at() > gateway.joined_at())
                check_tip(gateway, *miner);
    }
}

/// A gateway with a stream of every replica hears of a tip at once.
void Checks::check_tip(const GatewayProcess& gateway, const TemplateSource::Streamed& streamed) {
    auto& world = pool_.world();
    const auto now = world.now();
    const auto within = gateway.template_streams() == pool_.templates().parts().size()
                            ? tip_to_gateway_max
                            : tip_to_gateway_max + stream_back_max;
    if (!pool_.disturbances().is_calm(gateway.host(), streamed.host, within) ||
        now - streamed.since < tip_to_gateway_max || now - streamed.started_at < within ||
        now - gateway.joined_at() < within)
        return;
    if (gateway.work().current() == nullptr ||
        gateway.work().current()->tip.prev_hash != streamed.tip)
        world.violation("I8",
                        fmt::format("{} has not heard of the tip", pool_.name(gateway.host())));
}

void Checks::check_tip(const GatewayProcess& gateway, const MinerProcess& miner) {
    auto& world = pool_.world();
    const auto now = world.now();
    // A miner that does not read hears of it when it does.
    auto& idle_since = idle_since_[&miner];
    if (!miner.has_read_all() || gateway.unsent_to(miner.host()) != 0) {
        idle_since = now;
        return;
    }
    if (now - idle_since < tip_to_miner_max || now - gateway.tip_since() < tip_to_miner_max ||
        !pool_.disturbances().is_calm(gateway.host(), miner.host(), tip_to_miner_max))
        return;
    for (const auto& [index, channel] : miner.channels())
        if (now - channel.opened_at > tip_to_miner_max &&
            channel.tip != gateway.work().current()->tip.prev_hash)
            world.violation(
                "I8", fmt::format("{} channel {} {} {} s after {} had it", miner.journal().name(),
                                  index, channel.tip ? "mines on an old tip" : "has no work",
                                  std::chrono::duration<double>(now - gateway.tip_since()).count(),
                                  pool_.name(gateway.host())));
}

void Checks::begin_liveness() {
    for (const auto& miner : pool_.miners()) accepted_before_[miner.get()] = miner->accepted();
    sv1_.begin_liveness();
}

void Checks::end_liveness() {
    for (const auto& miner : pool_.miners()) {
        const auto& kind = miner->kind();
        if (miner->channels().size() != kind.standard + kind.extended)
            pool_.world().violation(
                "I10", fmt::format("{} has {} of its {} channels, long after all was healed",
                                   miner->journal().name(), miner->channels().size(),
                                   kind.standard + kind.extended));
        else if (miner->accepted() == accepted_before_[miner.get()])
            pool_.world().violation(
                "I10", fmt::format("{} was not told of one accepted share since all was healed",
                                   miner->journal().name()));
    }
    sv1_.end_liveness();
}

void Checks::all_is_answered() {
    sv1_.all_is_answered();
    for (const auto& miner : pool_.miners())
        if (miner->outstanding() != 0)
            pool_.world().violation(
                "I10", fmt::format("{} shares of {} have no answer, long after the last was sent",
                                   miner->outstanding(), miner->journal().name()));
    // Tips change on: what they leave to do is under way, and new.
    const auto long_ago = pool_.world().now() - moves_within;
    for (const auto& slot : pool_.gateways()) {
        if (!slot.process || !slot.process->has_joined()) continue;
        const auto oldest = slot.process->dispatcher().oldest();
        if (oldest && *oldest < long_ago)
            pool_.world().violation(
                "I10", fmt::format("{} has work that does not move", pool_.name(slot.host)));
    }
    for (const auto& slot : pool_.workers())
        if (slot.process && slot.process->worker() != nullptr &&
            holds_old_work(*slot.process->worker(), long_ago))
            pool_.world().violation(
                "I10", fmt::format("{} holds batches or scans for ever", pool_.name(slot.host)));
}

void Checks::templates_are_well() {
    pool_.templates().check_healed();
}

void Checks::targets_are_well() {
    std::size_t followed = 0;
    for (const auto& slot : pool_.vardiffs())
        for (const auto& [number, partition] : slot.process->retargeting().partitions())
            if (partition->has_caught_up()) ++followed;
    if (followed != scale::partitions)
        pool_.world().violation("targets",
                                fmt::format("vardiff follows {} partitions of {}, long after all "
                                            "was healed",
                                            followed, scale::partitions));
    for (const auto& miner : pool_.miners())
        for (const auto& [index, channel] : miner->channels()) check_target(*miner, channel);
}

/// No more than it has asked for, and what vardiff wants of it, or as good as that.
void Checks::check_target(const MinerProcess& miner, const MinerProcess::Channel& channel) {
    const vardiff::ChannelTrack* track = nullptr;
    for (const auto& slot : pool_.vardiffs())
        if (track == nullptr) track = slot.process->retargeting().find(channel.key);
    const auto violate = [&](std::string what) {
        pool_.world().violation("targets",
                                fmt::format("{}: a channel with {} hashes a share {}",
                                            miner.journal().name(), channel.hashes, what));
    };
    if (track == nullptr) return violate("is unknown to vardiff");
    // What has been proposed just now is under way, and so is what the log says of it. Nothing else
    // is excused: the last word is that of the replica which follows the channel.
    const auto now = pool_.world().clock().unix_now();
    const auto& last = track->history.back();
    const auto age = now - last.at;
    const auto is_within = [age](auto most) { return age >= 0s && age < most; };
    if (is_within(log_lag_max + moves_within)) return;
    if (channel.target > channel.max_target)
        violate(
            fmt::format("has asked for {} and more", bitcoin::expected_hashes(channel.max_target)));
    if (track->target != channel.target)
        violate(fmt::format("has {} in the log", bitcoin::expected_hashes(track->target)));
    const bool may_be_contradicted = std::holds_alternative<vardiff::Applied>(last.what) &&
                                     is_within(log_lag_max + contradicted_within + moves_within);
    const auto wanted = std::min(track->proposed.value_or(channel.target), channel.max_target);
    if (!may_be_contradicted && vardiff::is_worth_a_target(channel.target, wanted))
        violate(fmt::format("is to have {}", bitcoin::expected_hashes(wanted)));
    if (track->proposed) ++proposals_;
}

void Checks::audit() {
    auto& world = pool_.world();
    auto journal = sv1_.upstream_channels();
    for (const auto& miner : pool_.miners())
        for (const auto& channel : miner->journal().channels()) journal.push_back(channel);
    for (const auto& channel : journal) {
        acknowledged_difficulty_ += channel.accepted_sum;
        for (const auto& share : channel.shares)
            if (channel.is_acknowledged(share) &&
                bitcoin::expand_nbits(share.nbits)->is_met_by(share.hash) &&
                !pool_.templates().has_block(share.hash) &&
                !pool_.templates().was_beyond_building(share.hash))
                world.violation("I6", fmt::format("{}: block {} was acknowledged, and no node has "
                                                  "it",
                                                  channel.name, share.hash.value.to_be_hex()));
    }
    auditor::Audit audit{std::move(journal)};
    for (std::uint32_t partition = 0; partition < scale::partitions; ++partition)
        read_log(partition, audit);
    const auto report = audit.finish();
    sv1_.finish();
    for (const auto& [invariant, what] : report.violations) world.violation(invariant, what);
    world.trace(
        "{} shares: {} acknowledged, {} rejected, {} unknown; {} credited; a sum of {}, of {} "
        "values; {} blocks",
        report.submitted, report.acknowledged, report.rejected, report.unknown,
        report.ledger_credited, acknowledged_difficulty_, difficulties_.size(),
        pool_.templates().blocks());
}

void Checks::read_log(std::uint32_t partition, auditor::Audit& audit) {
    constexpr std::uint32_t page_size = 500;
    auto& world = pool_.world();
    share_log::Position position;
    for (bool is_over = false; !is_over;) {
        const auto page = share_log::to_page(
            pool_.redis().data().execute({"XRANGE", ledger::keys::log(partition), "(" + position.id,
                                          "+", "COUNT", std::to_string(page_size)}),
            position, page_size);
        if (!page || page->gap || page->unreadable_id)
            return world.violation("I1", "the share log has a gap, or cannot be read");
        for (const auto& entry : page->entries) {
            const auto record = share_log::decode_record(entry.record, entry.duplicates);
            if (!record) return world.violation("I2", "the log holds what is no record");
            for (const auto& verdict : record->result.verdicts)
                if (!verdict.error) difficulties_.insert(verdict.difficulty.q32);
            for (std::size_t i = 0; i < record->hashes.size(); ++i)
                if (record->result.verdicts[i].solves_block && record->hashes[i] &&
                    !pool_.templates().has_block(*record->hashes[i]) &&
                    !pool_.templates().was_beyond_building(*record->hashes[i]) &&
                    !pool_.died_with_work(record->batch.epoch))
                    world.violation("I6", "a block is in the log, and no node has it: " +
                                              record->hashes[i]->value.to_be_hex());
            audit.add(*record);
            sv1_.add(*record);
            position = entry.position;
        }
        is_over = page->entries.empty();
    }
}

}  // namespace simulation
