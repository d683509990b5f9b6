#include "simulation/parts/template_probe.h"

#include <algorithm>
#include <utility>

#include "template/solve_test.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

constexpr auto again_after = 700ms;
/// From its failure until it is there again, at the latest.
constexpr auto redis_away_max = 8s;
/// See templates::TemplateStore::Limits.
constexpr std::uint32_t tips_held = 4;

}  // namespace

TemplateProbe::TemplateProbe(World& world, RpcDirectory& directory, std::string name,
                             TemplatePool& pool)
    : life_(world),
      chance_(world.fork(name)),
      pool_(pool),
      laws_(pool.laws()),
      current_(laws_, name),
      client_(world.loop(), chance_, {.replicas = pool.addresses(), .subscriber = name},
              dial_templates(directory, directory.network().host(name), life_)) {
    client_.start([this](const auto& given) {
        current_.on_current(given);
        current_since_ = life_.world().now();
    });
}

void TemplateProbe::solve() {
    const auto* const block_template = client_.current();
    if (block_template == nullptr) return;
    const templates::Candidate candidate{.block_template = *block_template};
    auto block = templates::block_of(
        candidate, block_template->coinbase_tx_value_remaining - chance_.below(1'000'000));
    templates::solve(block);
    const auto hash = bitcoin::header_hash(block.header);
    waiting_[hash] = {.solution = {.template_ref = block_template->ref,
                                   .header = bitcoin::encode_header(block.header),
                                   .coinbase_tx = bitcoin::serialise(block.transactions.front()),
                                   .channel = {},
                                   .user_identity = "probe"},
                      .height = block_template->tip.height,
                      .template_since = current_since_};
    hand_in(hash);
}

void TemplateProbe::hand_in(const bitcoin::BlockHash& hash) {
    client_.submit_solution(waiting_.at(hash).solution, [this, hash](const auto& stored) {
        if (stored) {
            laws_.on_confirmed(hash);
            waiting_.erase(hash);
            ++confirmed_;
            return;
        }
        if (stored.error() == rpc::SolutionError::not_a_block)
            life_.world().violation("I6", "a replica refuses a block of its template");
        waiting_.at(hash).error = stored.error();
        life_.after(again_after, [this, hash] { hand_in(hash); });
    });
}

std::size_t TemplateProbe::told(rpc::SolutionError error) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        waiting_, [error](const auto& entry) { return entry.second.error == error; }));
}

// What it takes to build a block is in the memory of every replica that streamed the template, and
// soon after in Redis: it is gone only where a replica died that had it, and Redis was failing. Its
// transactions are with the leader alone for a moment. A replica that could not be reached while
// the chain went on by four blocks has dropped what has lost for certain.
std::size_t TemplateProbe::unconfirmed(base::SteadyTime redis_failed_at) const {
    using Error = rpc::SolutionError;
    const auto& tree = pool_.nodes().tree();
    const auto& tree_best = pool_.nodes().best();
    std::size_t count = 0;
    for (const auto& [hash, found] : waiting_) {
        const bool was_stored = redis_failed_at + redis_away_max < found.template_since;
        const bool has_holder_died = pool_.last_kill() >= found.template_since;
        const bool has_lost = found.height + tips_held <= tree.at(tree_best).height;
        const bool is_excused = found.error == Error::incomplete_template
                                    ? has_holder_died
                                    : found.error == Error::unknown_template && !was_stored &&
                                          (has_lost || has_holder_died);
        if (is_excused) continue;
        ++count;
        life_.world().trace("{} is told {} of its block of {}", hash.value.to_be_hex().substr(56),
                            static_cast<int>(found.error), found.solution.template_ref.value);
    }
    return count;
}

}  // namespace simulation
