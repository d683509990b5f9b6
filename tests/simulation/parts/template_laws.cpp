#include "simulation/parts/template_laws.h"

#include <fmt/format.h>

#include <utility>

namespace simulation {
namespace {

/// From a block's coming to any node until everybody works on it: it takes 1.5 s to the other
/// nodes, and a new leader may have to be found.
constexpr std::chrono::seconds tip_within{5};

}  // namespace

void TemplateLaws::on_template(std::string_view who, const mining::BlockTemplate& given) {
    const auto [named, is_new] = named_.try_emplace(given.ref, given);
    if (!is_new && named->second != given)
        world_.violation("one template a name",
                         fmt::format("{} was given another template under {}/{} than somebody "
                                     "before: on {}, not on {}",
                                     who, given.ref.epoch().value, given.ref.sequence(),
                                     given.tip.prev_hash.value.to_be_hex(),
                                     named->second.tip.prev_hash.value.to_be_hex()));
}

void TemplateLaws::Current::on_current(const mining::BlockTemplate& given) {
    laws_.on_template(who_, given);
    if (given.ref < newest_)
        laws_.world_.violation(
            "fencing", fmt::format("{} goes back from epoch {} to {}", who_, newest_.epoch().value,
                                   given.ref.epoch().value));
    newest_ = given.ref;
    if (tip_ == given.tip.prev_hash) return;
    tip_ = given.tip.prev_hash;
    tip_since_ = laws_.world_.now();
}

void TemplateLaws::check_blocks() {
    for (const auto& hash : confirmed_)
        if (!nodes_.has_reached(hash))
            world_.violation("I6", fmt::format("block {} was confirmed and never came to a node",
                                               hash.value.to_be_hex()));
}

void TemplateLaws::check_tip(std::string_view who, const bitcoin::BlockHash& tip) {
    const auto& tree = nodes_.tree();
    // Of two branches of one length everybody may stay on the one that came first.
    if (tree.contains(tip) && tree.at(tip).height >= tree.at(nodes_.best()).height) return;
    if (world_.now() - nodes_.best_since() < tip_within) return;
    world_.violation(
        "I8", fmt::format("{} is on block {}, and the chain ends at height {} since {} ms", who,
                          tree.contains(tip) ? std::to_string(tree.at(tip).height) : "none",
                          tree.at(nodes_.best()).height,
                          std::chrono::duration_cast<std::chrono::milliseconds>(world_.now() -
                                                                                nodes_.best_since())
                              .count()));
}

}  // namespace simulation
