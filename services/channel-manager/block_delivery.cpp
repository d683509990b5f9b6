#include "channel-manager/block_delivery.h"

#include <algorithm>

#include "base/hex.h"
#include "base/log.h"

namespace channel_manager {
namespace {

const char* reason_of(SolutionOutcome lost) {
    switch (lost) {
        case SolutionOutcome::unknown_template: return "no replica has its template";
        case SolutionOutcome::incomplete_template:
            return "no replica has the transactions of its template";
        case SolutionOutcome::not_a_block: return "refused by a replica";
        case SolutionOutcome::stored:
        case SolutionOutcome::unavailable: break;
    }
    return "";
}

}  // namespace

void BlockDelivery::add(const std::vector<FoundBlock>& blocks) {
    const auto now = clock_.steady_now();
    for (const auto& block : blocks) {
        if (std::any_of(blocks_.begin(), blocks_.end(),
                        [&](const State& state) { return state.block.hash == block.hash; }))
            continue;
        blocks_.emplace_back();
        blocks_.back().block = block;
        blocks_.back().since = now;
    }
}

void BlockDelivery::submit() {
    const auto now = clock_.steady_now();
    for (std::size_t place = 0; place < blocks_.size(); ++place) {
        auto& state = blocks_[place];
        if (state.is_settled || state.is_in_flight || state.retry_at > now) continue;
        // Only its miner can put a block together whose transactions nobody here has.
        if (state.block.solution.template_ref == mining::TemplateRef{}) {
            state.is_settled = true;
            metrics_.solutions.with({"of_custom_job"}).add();
            base::log_warning("block of a custom job: its miner has to submit it",
                              {{"hash", state.block.hash.value.to_be_hex()},
                               {"channel", state.block.channel.value},
                               {"header", base::to_hex(state.block.solution.header)}});
            continue;
        }
        if (state.attempts++ == 0) {
            metrics_.solutions.with({"submitted"}).add();
            base::log_info("block found", {{"hash", state.block.hash.value.to_be_hex()},
                                           {"channel", state.block.channel.value},
                                           {"template", state.block.solution.template_ref.value}});
        }
        state.is_in_flight = true;
        solutions_.submit(state.block, [this, place, alive = std::weak_ptr<bool>{is_alive_}](
                                           SolutionOutcome outcome) {
            if (alive.expired()) return;
            on_outcome(blocks_[place], outcome);
            const auto on_change = on_change_;  // which may destroy us
            on_change();
        });
    }
}

void BlockDelivery::on_outcome(State& state, SolutionOutcome outcome) {
    state.is_in_flight = false;
    if (outcome == SolutionOutcome::stored) {
        state.is_settled = true;
        metrics_.solutions.with({"confirmed"}).add();
    } else if (outcome == SolutionOutcome::not_a_block || is_hopeless(state, outcome)) {
        state.is_settled = true;
        if (outcome != SolutionOutcome::not_a_block) lost_.add(state.block.solution.template_ref);
        metrics_.solutions.with({"lost"}).add();
        base::log_error("block lost", {{"hash", state.block.hash.value.to_be_hex()},
                                       {"template", state.block.solution.template_ref.value},
                                       {"reason", reason_of(outcome)},
                                       {"header", base::to_hex(state.block.solution.header)}});
    } else {
        state.retry_at = retry_after(state.attempts);
    }
}

bool BlockDelivery::is_hopeless(const State& state, SolutionOutcome outcome) const {
    if (outcome != SolutionOutcome::unknown_template &&
        outcome != SolutionOutcome::incomplete_template)
        return false;
    const auto most = outcome == SolutionOutcome::unknown_template
                          ? settings_.unknown_template_max
                          : settings_.incomplete_template_max;
    return clock_.steady_now() - state.since >= most ||
           lost_.contains(state.block.solution.template_ref);
}

bool BlockDelivery::is_settled() const {
    return std::all_of(blocks_.begin(), blocks_.end(),
                       [](const State& state) { return state.is_settled; });
}

base::SteadyTime BlockDelivery::retry_after(std::uint32_t attempts) const {
    auto delay = settings_.retry_min;
    for (std::uint32_t i = 1; i < attempts && delay < settings_.retry_max; ++i) delay *= 2;
    return clock_.steady_now() + std::min(delay, settings_.retry_max);
}

}  // namespace channel_manager
