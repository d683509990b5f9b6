#include "simulation/pool/template_source.h"

#include <algorithm>
#include <utility>

#include "bitcoin/coinbase.h"
#include "bitcoin/header.h"
#include "mining/records_testing.h"
#include "simulation/pool/scale.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;
using channel_manager::SolutionOutcome;

constexpr auto unreached_after = 2s;

mining::BlockTemplate first_template(const base::Clock& clock) {
    auto first = mining::some_template();
    first.ref = *mining::TemplateRef::of(mining::Epoch{1}, 1);
    first.tip.nbits = scale::nbits;
    first.tip.network_target = *bitcoin::expand_nbits(scale::nbits);
    first.tip.min_ntime = base::to_unix_seconds(clock.unix_now());
    return first;
}

}  // namespace

TemplateSource::TemplateSource(Network& network)
    : network_(network),
      world_(network.world()),
      chance_(world_.fork("node")),
      host_(network.host("template")),
      life_(world_) {
    auto first = std::make_shared<mining::BlockTemplate>(first_template(world_.clock()));
    templates_[first->ref] = first;
    tip_since_ = world_.now();
    refresh();
    others_find_blocks();
}

void TemplateSource::refresh() {
    life_.after(std::chrono::milliseconds{chance_.between(1'000, 8'000)}, [this] {
        auto next = current();
        next.coinbase_tx_value_remaining += 1'000;
        next.merkle_path.back().bytes[0] ^= static_cast<std::uint8_t>(1 + chance_.below(255));
        publish(std::move(next));
        refresh();
    });
}

void TemplateSource::others_find_blocks() {
    life_.after(std::chrono::milliseconds{chance_.between(2'500, 15'000)}, [this] {
        bitcoin::BlockHash hash;
        chance_.fill(std::as_writable_bytes(std::span{hash.value.bytes}));
        new_tip(hash, "others");
        others_find_blocks();
    });
}

void TemplateSource::new_tip(const bitcoin::BlockHash& hash, const char* by) {
    auto next = current();
    next.tip.prev_hash = hash;
    ++next.tip.height;
    next.tip.min_ntime = base::to_unix_seconds(world_.clock().unix_now());
    next.coinbase_prefix = bitcoin::height_push(next.tip.height);
    tip_since_ = world_.now();
    world_.trace("node: height {} by {}", next.tip.height - 1, by);
    publish(std::move(next));
}

void TemplateSource::publish(mining::BlockTemplate next) {
    next.ref.value = current().ref.value + 1;
    const auto kept = std::make_shared<const mining::BlockTemplate>(std::move(next));
    templates_[kept->ref] = kept;
    for (auto* subscription : subscriptions_) subscription->send(*kept);
}

TemplateSource::Subscription::Subscription(TemplateSource& source, Host host, const Life& life,
                                           OnTemplate on_template)
    : source_(source),
      link_(source.network_, source.host_, host, life, 1'000'000),
      on_template_(std::move(on_template)) {
    source_.subscriptions_.push_back(this);
    send(source_.current());
}

TemplateSource::Subscription::~Subscription() {
    std::erase(source_.subscriptions_, this);
}

void TemplateSource::Subscription::send(const mining::BlockTemplate& block_template) {
    link_.send([this, sent = source_.templates_.at(block_template.ref)] { on_template_(*sent); });
}

void TemplateSource::submit(Host from, const Life& life, const channel_manager::FoundBlock& block,
                            std::function<void(SolutionOutcome)> done) {
    if (!network_.reaches(from, host_))
        return life.after(unreached_after,
                          [done = std::move(done)] { done(SolutionOutcome::unavailable); });
    // The block may arrive, and the answer find its worker dead.
    life_.after(network_.delay(), [this, state = life.state(), block, done = std::move(done)] {
        const auto outcome = take(block);
        world_.after(state, network_.delay(), [outcome, done] { done(outcome); });
    });
}

SolutionOutcome TemplateSource::take(const channel_manager::FoundBlock& block) {
    const auto found = templates_.find(block.solution.template_ref);
    if (found == templates_.end()) return SolutionOutcome::unknown_template;
    const auto header = bitcoin::decode_header(block.solution.header);
    const auto hash = bitcoin::header_hash(block.solution.header);
    const auto& tip = found->second->tip;
    if (header.prev_hash != tip.prev_hash || !tip.network_target.is_met_by(hash)) {
        world_.violation("I6", "the node was given what is no block: " + hash.value.to_be_hex());
        return SolutionOutcome::not_a_block;
    }
    if (!blocks_.insert(hash.value).second) return SolutionOutcome::stored;
    world_.trace("node: takes block {}", hash.value.to_be_hex().substr(0, 16));
    if (tip.prev_hash == current().tip.prev_hash) new_tip(hash, "the pool");
    return SolutionOutcome::stored;
}

void TemplateSource::fetch(Host from, const Life& life, mining::TemplateRef ref, OnFetched done) {
    const auto wait = network_.reaches(from, host_) ? network_.delay() : unreached_after;
    life.after(wait, [this, ref, done = std::move(done)] {
        const auto found = templates_.find(ref);
        done(found == templates_.end() ? std::nullopt : std::optional{*found->second});
    });
}

}  // namespace simulation
