#include "template/spool.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "template/spool_log.h"

namespace templates {
namespace {

// Calls that wait for one block's disk; a worker asks again every few seconds.
constexpr std::size_t waiting_max = 64;

std::vector<std::string> names_of(const Nodes& nodes) {
    std::vector<std::string> names;
    for (NodeIndex node = 0; node < nodes.size(); ++node) names.emplace_back(nodes.name(node));
    return names;
}

}  // namespace

Spool::Spool(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
             Ports ports, Settings settings)
    : loop_(loop),
      clock_(clock),
      random_(random),
      ports_(std::move(ports)),
      settings_(std::move(settings)),
      solutions_({.nodes = names_of(ports_.nodes),
                  .settled_max = settings_.settled_max,
                  .confirmations = settings_.confirmations,
                  .give_up_tips = settings_.give_up_tips}),
      disk_(loop, ports_.files, ports_.disk) {
    show_block_stages(ports_.metrics);
}

void Spool::recover() {
    ports_.files.prepare();
    replica_ = ports_.files.replica_name(random_);
    auto contents = ports_.files.read();
    ports_.metrics.spool_unreadable.set(static_cast<double>(contents.unreadable));
    Solutions::Effects effects;
    for (auto& [block, state] : contents.entries) {
        auto more = solutions_.on_recovered(std::move(block), std::move(state), clock_.unix_now());
        std::move(more.begin(), more.end(), std::back_inserter(effects));
    }
    if (const auto blocks = solutions_.undelivered().blocks; blocks > 0)
        base::log_info("blocks in the spool are submitted again", {{"blocks", blocks}});
    boost::asio::post(
        loop_, [this, alive = std::weak_ptr{is_alive_}, effects = std::move(effects)]() mutable {
            if (!alive.expired()) carry_out(std::move(effects));
        });
}

void Spool::take(SpooledBlock block, std::optional<Origin> origin, OnStored on_stored) {
    const auto hash = block.hash;
    const auto* const known = solutions_.find(hash);
    if (known != nullptr && known->is_on_disk) return on_stored(Stored{.already_known = true});
    // The network has it, which is more than a disk: whoever waits need not wait for a full one.
    if (known != nullptr && known->state.kind == BlockState::Kind::accepted) {
        on_stored(Stored{.already_known = true});
    } else {
        if (known == nullptr && solutions_.undelivered().blocks >= settings_.undelivered_max)
            return on_stored(base::unexpected(std::string{"too many blocks wait for a node"}));
        auto& waiting = waiting_[hash];
        if (waiting.size() >= waiting_max)
            return on_stored(base::unexpected(std::string{"the disk stands still"}));
        waiting.push_back([is_first = waiting.empty(), answer = std::move(on_stored)](auto stored) {
            if (stored) stored->already_known = !is_first;
            answer(std::move(stored));
        });
    }
    carry_out(solutions_.on_found(std::move(block), origin));
}

void Spool::on_tip(std::uint32_t height) {
    carry_out(solutions_.on_tip(height, clock_.unix_now()));
}

void Spool::on_standing(const bitcoin::BlockHash& hash, const BlockStanding& standing,
                        std::uint32_t tip_height) {
    carry_out(solutions_.on_standing(hash, standing, tip_height, clock_.unix_now()));
}

void Spool::on_published(const ledger::BlockEntry& entry) {
    carry_out(solutions_.on_published(entry.hash, entry.number));
}

void Spool::on_node_back(NodeIndex node) {
    for (const auto& hash : solutions_.waiting_for(node)) {
        const auto nodes = asked_again_.find(hash);
        if (nodes != asked_again_.end() && nodes->second.contains(node)) ask_again(hash, node);
    }
}

void Spool::resubmit(const bitcoin::BlockHash& hash, OnResubmitted on_resubmitted) {
    const auto* const known = solutions_.find(hash);
    if (known == nullptr) return on_resubmitted(std::nullopt);
    if (known->bytes) return on_resubmitted(submit_again(hash, {}));
    disk_.load(hash, [this, hash, on_resubmitted = std::move(on_resubmitted)](auto block) {
        // Forgotten meanwhile, or its file is gone.
        if (!block || solutions_.find(hash) == nullptr) return on_resubmitted(std::nullopt);
        on_resubmitted(submit_again(hash, std::move(block->bytes)));
    });
}

std::vector<std::string> Spool::submit_again(const bitcoin::BlockHash& hash, base::Bytes bytes) {
    base::log_info("a block is submitted again, as an operator asks",
                   {{"hash", hash.value.to_be_hex()}});
    auto effects = solutions_.on_resubmit(hash, std::move(bytes), clock_.unix_now());
    std::vector<std::string> nodes;
    for (const auto& effect : effects)
        if (const auto* const submit = std::get_if<Solutions::Submit>(&effect))
            nodes.emplace_back(ports_.nodes.name(submit->node));
    carry_out(std::move(effects));
    return nodes;
}

void Spool::publish_gauges() {
    const auto undelivered = solutions_.undelivered();
    const auto now = clock_.steady_now();
    ports_.metrics.spool_queue.set(undelivered.blocks, settings_.undelivered_max,
                                   since(undelivered, now), now);
    for (NodeIndex node = 0; node < ports_.nodes.size(); ++node)
        ports_.metrics.blocks_waiting.with({std::string{ports_.nodes.name(node)}})
            .set(static_cast<double>(solutions_.waiting_for(node).size()));
}

// In the order in which they came to be: a node may answer inside the call that gives it a block,
// and what follows from that must not reach the disk before what was decided earlier.
void Spool::carry_out(Solutions::Effects effects) {
    std::move(effects.begin(), effects.end(), std::back_inserter(to_do_));
    if (std::exchange(is_busy_, true)) return;
    while (!to_do_.empty()) {
        auto effect = std::move(to_do_.front());
        to_do_.pop_front();
        std::visit([this](auto& e) { carry_out(std::move(e)); }, effect);
    }
    is_busy_ = false;
    publish_stage();
}

void Spool::carry_out(Solutions::StoreBlock effect) {
    const auto hash = effect.block.hash;
    if (disk_.storing() >= settings_.storing_max)
        return boost::asio::post(loop_, [this, alive = std::weak_ptr{is_alive_}, hash] {
            if (!alive.expired()) on_stored(hash, "the disk is far behind");
        });
    disk_.store(std::move(effect.block),
                [this, hash](const auto& failure) { on_stored(hash, failure); });
    watch_disk(hash);
}

void Spool::carry_out(Solutions::Submit effect) {
    ports_.nodes.submit(effect.node,
                        {.hash = effect.hash, .bytes = *effect.bytes, .origin = effect.origin},
                        [this, alive = std::weak_ptr{is_alive_}, hash = effect.hash,
                         node = effect.node](const auto& answer) {
                            if (!alive.expired()) on_answer(hash, node, answer);
                        });
}

void Spool::carry_out(Solutions::Retry effect) {
    auto& nodes = asked_again_[effect.hash];
    auto asking = nodes.find(effect.node);
    if (asking == nodes.end()) {
        base::log_warning("a node did not take a block, asking it again",
                          {{"hash", effect.hash.value.to_be_hex()},
                           {"node", ports_.nodes.name(effect.node)},
                           {"reason", effect.why}});
        asking = nodes
                     .emplace(effect.node, Asking{boost::asio::steady_timer{loop_},
                                                  rpc::Backoff{random_, settings_.retry}})
                     .first;
    }
    auto& [retry, backoff] = asking->second;
    retry.expires_after(backoff.next());
    retry.async_wait([this, alive = std::weak_ptr{is_alive_}, hash = effect.hash,
                      node = effect.node](const auto& error) {
        if (!error && !alive.expired()) ask_again(hash, node);
    });
}

void Spool::carry_out(Solutions::StoreState effect) {
    disk_.store_state(effect.hash, std::move(effect.state));
}

void Spool::carry_out(Solutions::Publish effect) {
    const auto* const entry = solutions_.find(effect.hash);
    if (entry == nullptr) return;  // forgotten by what came with it
    const auto& block = entry->block;
    if (effect.is_new) {
        log_block_event(block, effect.event);
        count_block_event(ports_.metrics, effect);
    }
    ports_.publish({.hash = block.hash,
                    .event = std::string{name_of(effect.event.kind)},
                    .number = effect.event.number,
                    .at = effect.event.at,
                    .replica = replica_,
                    .node = effect.event.node,
                    .reason = effect.event.reason,
                    .height = block.height,
                    .template_ref = block.template_ref,
                    .channel = block.channel,
                    .user_identity = block.user_identity,
                    .value_sat = block.value_sat,
                    .found_at = block.found_at});
}

void Spool::carry_out(Solutions::Forget effect) {
    disk_.forget(effect.hash);
    asked_again_.erase(effect.hash);
}

void Spool::carry_out(Solutions::NoTaker effect) {
    ports_.metrics.blocks.with({"no_taker"}).add();
    base::log_error(
        "no node that is configured can take a block: add one with RPC, or submit it by hand from "
        "the spool",
        {{"hash", effect.hash.value.to_be_hex()}, {"spool", ports_.files.place()}});
}

void Spool::on_stored(const bitcoin::BlockHash& hash, const std::optional<std::string>& failure) {
    if (failure)
        base::log_error("a block is not on disk, submitting it all the same",
                        {{"hash", hash.value.to_be_hex()}, {"reason", *failure}});
    auto effects = solutions_.on_stored(hash, !failure, clock_.unix_now());
    if (auto waiting = waiting_.extract(hash))
        for (const auto& answer : waiting.mapped()) {
            if (failure)
                answer(base::unexpected(*failure));
            else
                answer(Stored{});
        }
    carry_out(std::move(effects));
}

void Spool::on_answer(const bitcoin::BlockHash& hash, NodeIndex node, const SubmitAnswer& answer) {
    auto effects = solutions_.on_answer(hash, node, answer, clock_.unix_now());
    const bool is_asked_again =
        effects.size() == 1 && std::holds_alternative<Solutions::Retry>(effects.front());
    if (const auto nodes = asked_again_.find(hash);
        nodes != asked_again_.end() && !is_asked_again) {
        nodes->second.erase(node);
        if (nodes->second.empty()) asked_again_.erase(nodes);
    }
    carry_out(std::move(effects));
    if (answer.kind != SubmitAnswer::Kind::unreachable && !is_asked_again) on_node_back(node);
}

void Spool::ask_again(const bitcoin::BlockHash& hash, NodeIndex node) {
    auto effects = solutions_.on_retry(hash, node, clock_.unix_now());
    const auto nodes = asked_again_.find(hash);
    if (effects.empty() && nodes != asked_again_.end()) {  // given up meanwhile
        nodes->second.erase(node);
        if (nodes->second.empty()) asked_again_.erase(nodes);
    }
    carry_out(std::move(effects));
}

void Spool::watch_disk(const bitcoin::BlockHash& hash) {
    auto timer = std::make_shared<boost::asio::steady_timer>(loop_, settings_.disk_wait_max);
    timer->async_wait([this, timer, alive = std::weak_ptr{is_alive_}, hash](const auto& error) {
        if (error || alive.expired()) return;
        const auto* const entry = solutions_.find(hash);
        if (entry == nullptr || !entry->is_storing || entry->is_asked) return;
        base::log_error("the disk is slow, submitting a block before it is there",
                        {{"hash", hash.value.to_be_hex()}});
        carry_out(solutions_.on_disk_slow(hash, clock_.unix_now()));
    });
}

std::optional<base::SteadyTime> Spool::since(const Solutions::Undelivered& undelivered,
                                             base::SteadyTime now) const {
    if (undelivered.blocks == 0) return std::nullopt;
    return now - std::max(clock_.unix_now() - undelivered.oldest, std::chrono::microseconds{0});
}

void Spool::publish_stage() {
    const auto undelivered = solutions_.undelivered();
    ports_.metrics.spool_depth.set(static_cast<double>(undelivered.blocks));
    const auto oldest = since(undelivered, clock_.steady_now());
    if (!oldest) return ports_.stage.publish_empty();
    ports_.stage.publish(undelivered.blocks, *oldest,
                         {"block at height", undelivered.oldest_height});
}

}  // namespace templates
