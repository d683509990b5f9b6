#include "simulation/pool/template_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "channel-manager/solution_outcome.h"
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
      directory_(directory),
      parts_(network.world(), network, directory_,
             [&redis](const std::string& name, Life::Scheduler scheduler) {
                 return redis.connect(name, std::move(scheduler));
             },
             {.nodes = {.tree = {.nbits = scale::nbits}, .blocks_of_others = 9s},
              .durability = durability}),
      fates_(network.world(), parts_, redis),
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
    source_.handed_in_.insert({block.hash, block.solution.template_ref});
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
    fates_.look();
}

bool TemplateSource::was_beyond_building(const bitcoin::BlockHash& hash) const {
    const auto found = handed_in_.find(hash);
    if (found == handed_in_.end()) return false;
    const auto why = fates_.why_beyond_building(found->second);
    if (why)
        network_.world().trace("block {} of template {} is beyond building: {}",
                               hash.value.to_be_hex(), found->second.value, *why);
    return why.has_value();
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

void TemplateSource::check_healed() {
    parts_.check_healed();
    // Who keeps nothing in Redis would have no block to answer for, see was_beyond_building().
    const auto now = network_.world().clock().unix_now();
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        const auto* const replica = parts_.replica(i);
        if (replica == nullptr || !replica->is_leading()) continue;
        for (const auto& [ref, held] : replica->store().all())
            if (held.transactions && now - held.named_at > archived_within &&
                !fates_.is_archived(ref))
                network_.world().violation(
                    "I6", fmt::format("template {} is not in Redis, long after all was healed",
                                      ref.value));
    }
    for (const auto& [host, subscription] : subscriptions_)
        parts_.laws().check_tip(network_.name(host), subscription->current_.tip());
}

}  // namespace simulation
