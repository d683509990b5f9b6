#include "simulation/pool/template_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>

#include "channel-manager/solution_outcome.h"
#include "ledger/keys.h"
#include "simulation/pool/scale.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;
using channel_manager::SolutionOutcome;

// From its naming until Redis has all of a template, when all is well.
constexpr auto archived_within = 3s;

}  // namespace

TemplateSource::TemplateSource(Network& network, RpcDirectory& directory, SimulatedRedis& redis,
                               const ledger::Durability& durability)
    : network_(network),
      redis_(redis),
      directory_(directory),
      parts_(network.world(), network, directory_,
             [&redis](const std::string& name, Life::Scheduler scheduler) {
                 return redis.connect(name, std::move(scheduler));
             },
             {.nodes = {.tree = {.nbits = scale::nbits}, .blocks_of_others = 9s},
              .durability = durability}),
      leads_since_(parts_.size()) {}

TemplateSource::Subscription::Subscription(TemplateSource& source, Host host, const Life& life,
                                           OnTemplate on_template)
    : source_(source),
      host_(host),
      chance_(life.world().fork(fmt::format("templates of {} at {}", source.network_.name(host),
                                            life.world().age().count()))),
      current_(source.parts_.laws(), source.network_.name(host)),
      client_(life.world().loop(), chance_,
              {.replicas = source.parts_.addresses(), .subscriber = source.network_.name(host)},
              dial_templates(source.directory_, host, life)) {
    source_.subscriptions_[host_] = this;
    client_.start([this, on_template = std::move(on_template)](const auto& given) {
        current_.on_current(given);
        on_template(given);
    });
}

TemplateSource::Subscription::~Subscription() {
    source_.subscriptions_.erase(host_);
}

void TemplateSource::Subscription::submit(const channel_manager::FoundBlock& block,
                                          std::function<void(SolutionOutcome)> done) {
    source_.handed_in_.insert({block.hash, {.ref = block.solution.template_ref}});
    client_.submit_solution({.template_ref = block.solution.template_ref,
                             .header = block.solution.header,
                             .coinbase_tx = block.solution.coinbase,
                             .channel = block.channel,
                             .user_identity = block.user_identity},
                            [&source = source_, block, done = std::move(done)](const auto& result) {
                                source.on_answer(block, result);
                                done(channel_manager::to_outcome(result));
                            });
}

void TemplateSource::on_answer(
    const channel_manager::FoundBlock& block,
    const base::Result<rpc::SolutionStored, rpc::SolutionError>& answer) {
    if (answer) return parts_.laws().on_confirmed(block.hash);
    if (answer.error() == rpc::SolutionError::not_a_block)
        network_.world().violation(
            "I6", "a replica was given what is no block: " + block.hash.value.to_be_hex());
}

void TemplateSource::look() {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        const auto* const replica = parts_.replica(i);
        if (replica == nullptr || !replica->is_leading())
            leads_since_[i].reset();
        else if (!leads_since_[i])
            leads_since_[i] = network_.world().now();
    }
    for (auto next = handed_in_.begin(); next != handed_in_.end();) {
        const auto block = next++;
        if (has_block(block->first))
            handed_in_.erase(block);
        else
            block->second.can_be_built = can_build(block->second.ref);
    }
}

bool TemplateSource::was_beyond_building(const bitcoin::BlockHash& hash) const {
    const auto found = handed_in_.find(hash);
    return found != handed_in_.end() && !found->second.can_be_built;
}

std::optional<TemplateSource::Streamed> TemplateSource::streamed() const {
    std::optional<Streamed> streamed;
    mining::TemplateRef newest;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        const auto* const replica = parts_.replica(i);
        if (replica == nullptr || !replica->is_leading()) continue;
        const auto* const held = replica->store().current();
        if (held == nullptr || held->block_template.ref < newest || !leads_since_[i]) continue;
        newest = held->block_template.ref;
        streamed = {.tip = parts_.current(i).tip(),
                    .since = std::max(parts_.current(i).tip_since(), *leads_since_[i]),
                    .host = network_.host(parts_.addresses()[i]),
                    .started_at = parts_.started_at(i)};
    }
    return streamed;
}

bool TemplateSource::is_archived(mining::TemplateRef ref) const {
    auto& redis = redis_.data();
    const auto record = redis.execute(
        {"HMGET", ledger::keys::template_record(ref), "template", "transactions", "packs"});
    if (record.string_at(0).empty() || record.string_at(1).empty()) return false;
    std::istringstream packs{std::string{record.string_at(2)}};
    for (std::string pack; packs >> pack;)
        if (*redis.execute({"EXISTS", pack}).integer() != 1) return false;
    return true;
}

/// Redis has all of it, or a replica that lives.
bool TemplateSource::can_build(mining::TemplateRef ref) const {
    if (is_archived(ref)) return true;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        if (parts_.replica(i) == nullptr) continue;
        const auto* const held = parts_.replica(i)->store().find(ref);
        if (held != nullptr && held->transactions) return true;
    }
    return false;
}

void TemplateSource::check_healed() {
    parts_.check_healed();
    // Who keeps nothing in Redis would have no block to answer for, see was_beyond_building().
    const auto now = network_.world().clock().unix_now();
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        const auto* const replica = parts_.replica(i);
        if (replica == nullptr || !replica->is_leading()) continue;
        const auto* const held = replica->store().current();
        if (held != nullptr && held->transactions && now - held->named_at > archived_within &&
            !is_archived(held->block_template.ref))
            network_.world().violation(
                "I6", fmt::format("template {} is not in Redis, long after all was healed",
                                  held->block_template.ref.value));
    }
    for (const auto& [host, subscription] : subscriptions_)
        parts_.laws().check_tip(network_.name(host), subscription->current_.tip());
}

}  // namespace simulation
