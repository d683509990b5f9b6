#include "template/solutions.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "template/submit_verdict.h"

namespace templates {
namespace {

using Event = BlockEvent::Kind;
using Chain = BlockState::Chain;

bool is_waiting(const Delivery& delivery) {
    return delivery.kind == Delivery::Kind::waiting;
}
bool has_it(const Delivery& delivery) {
    return delivery.kind == Delivery::Kind::accepted ||
           delivery.kind == Delivery::Kind::side_branch;
}
bool is_any_waiting(const BlockState& state) {
    return std::any_of(state.nodes.begin(), state.nodes.end(),
                       [](const auto& node) { return is_waiting(node.second); });
}
bool is_of_chain(Event kind) {
    return kind == Event::in_chain || kind == Event::confirmed || kind == Event::orphaned;
}
bool is_watched(const BlockState& state) {
    const bool is_lost =
        state.kind == BlockState::Kind::rejected || state.kind == BlockState::Kind::given_up;
    return !is_lost && !state.is_chain_final;
}
/// Nothing will ever happen to it again.
bool is_settled(const Solutions::Entry& entry) {
    return entry.state.kind != BlockState::Kind::spooled && !entry.bytes && !entry.is_storing &&
           !is_watched(entry.state);
}

std::uint32_t bit(Event kind) {
    return 1U << static_cast<unsigned>(kind);
}

Event event_of(Delivery::Kind kind) {
    switch (kind) {
        case Delivery::Kind::waiting: return Event::submitted;
        case Delivery::Kind::accepted: return Event::accepted;
        case Delivery::Kind::side_branch: return Event::side_branch;
        case Delivery::Kind::rejected: return Event::rejected;
        case Delivery::Kind::unsupported: return Event::unsupported;
        case Delivery::Kind::given_up: return Event::given_up;
    }
    return Event::given_up;
}

/// Of a restart: what was told and counted before.
std::uint32_t kinds_of(const BlockState& state) {
    auto kinds = bit(Event::found);
    for (const auto& [name, delivery] : state.nodes) {
        if (delivery.is_submitted) kinds |= bit(Event::submitted);
        if (!is_waiting(delivery)) kinds |= bit(event_of(delivery.kind));
    }
    return kinds;
}

}  // namespace

Solutions::Effects Solutions::on_recovered(SpooledBlock block, BlockState state,
                                           base::UnixMicros now) {
    auto& entry = insert(std::move(block));
    entry.is_on_disk = true;
    entry.state = std::move(state);
    entry.kinds_seen = kinds_of(entry.state);
    Effects effects;
    for (const auto& event : entry.state.unpublished)
        effects.emplace_back(Publish{.hash = entry.block.hash, .event = event, .is_new = false});
    match_nodes(entry);
    // It died between the block's file and the first of its state's.
    if (entry.state.events == 0)
        add_event(entry, Event::found, entry.block.found_at, {}, {}, effects);
    conclude(entry, now, effects);
    ask_all(entry, now, effects);
    finish(entry, effects);
    return effects;
}

Solutions::Effects Solutions::on_found(SpooledBlock block, std::optional<Origin> origin) {
    Effects effects;
    auto* const known = look_up(block.hash);
    if (known != nullptr && (known->is_on_disk || known->is_storing)) return effects;
    auto& entry = known != nullptr ? *known : insert(block);
    entry.is_storing = true;
    effects.emplace_back(StoreBlock{block});
    if (known != nullptr) return effects;
    entry.origin = origin;
    match_nodes(entry);
    add_event(entry, Event::found, block.found_at, {}, {}, effects);
    finish(entry, effects);
    return effects;
}

Solutions::Effects Solutions::on_stored(const bitcoin::BlockHash& hash, bool is_on_disk,
                                        base::UnixMicros now) {
    Effects effects;
    auto* const entry = look_up(hash);
    if (entry == nullptr) return effects;
    entry->is_storing = false;
    entry->is_on_disk = is_on_disk;
    if (!entry->is_asked) ask_all(*entry, now, effects);
    // Also when nothing has changed: its state may not be on the disk that has just come back.
    finish(*entry, effects);
    return effects;
}

Solutions::Effects Solutions::on_disk_slow(const bitcoin::BlockHash& hash, base::UnixMicros now) {
    Effects effects;
    auto* const entry = look_up(hash);
    if (entry == nullptr || entry->is_asked) return effects;
    ask_all(*entry, now, effects);
    finish(*entry, effects);
    return effects;
}

Solutions::Effects Solutions::on_answer(const bitcoin::BlockHash& hash, std::size_t node,
                                        const SubmitAnswer& answer, base::UnixMicros now) {
    Effects effects;
    auto* const entry = look_up(hash);
    if (entry == nullptr) return effects;
    entry->in_flight.at(node) = false;
    const auto verdict = verdict_of(answer);
    auto& delivery = entry->state.nodes.at(settings_.nodes.at(node));
    const bool is_taken = verdict == SubmitVerdict::taken || verdict == SubmitVerdict::side_branch;
    // One that was given up meanwhile is welcome all the same.
    if (!is_waiting(delivery) && !(delivery.kind == Delivery::Kind::given_up && is_taken))
        return effects;
    if (verdict == SubmitVerdict::no_answer || verdict == SubmitVerdict::not_yet) {
        delivery.reason = answer.reason;
        effects.emplace_back(Retry{.hash = hash, .node = node, .why = answer.reason});
        return effects;
    }
    apply(*entry, node, answer, now, effects);
    conclude(*entry, now, effects);
    finish(*entry, effects);
    return effects;
}

Solutions::Effects Solutions::on_retry(const bitcoin::BlockHash& hash, std::size_t node,
                                       base::UnixMicros now) {
    Effects effects;
    if (auto* const entry = look_up(hash)) submit(*entry, node, now, effects);
    return effects;
}

Solutions::Effects Solutions::on_resubmit(const bitcoin::BlockHash& hash, base::Bytes bytes,
                                          base::UnixMicros now) {
    Effects effects;
    auto* const entry = look_up(hash);
    if (entry == nullptr) return effects;
    if (!entry->bytes) entry->bytes = std::make_shared<const base::Bytes>(std::move(bytes));
    auto& state = entry->state;
    if (state.kind == BlockState::Kind::rejected || state.kind == BlockState::Kind::given_up) {
        state.kind = BlockState::Kind::spooled;
        state.reason.clear();
        state.is_chain_final = false;
    }
    for (std::size_t node = 0; node < settings_.nodes.size(); ++node)
        if (!entry->in_flight.at(node)) state.nodes[settings_.nodes[node]] = {};
    ask_all(*entry, now, effects);
    finish(*entry, effects);
    return effects;
}

Solutions::Effects Solutions::on_tip(std::uint32_t height, base::UnixMicros now) {
    Effects effects;
    for (auto& entry : entries_) {
        if (is_settled(entry)) continue;
        const auto before = std::pair{entry.state.events, is_watched(entry.state)};
        give_up(entry, height, now, effects);
        if (before != std::pair{entry.state.events, is_watched(entry.state)})
            effects.emplace_back(StoreState{.hash = entry.block.hash, .state = entry.state});
    }
    forget_oldest_settled(effects);
    return effects;
}

Solutions::Effects Solutions::on_standing(const bitcoin::BlockHash& hash,
                                          const BlockStanding& standing, std::uint32_t tip_height,
                                          base::UnixMicros now) {
    Effects effects;
    auto* const entry = look_up(hash);
    if (entry == nullptr || !is_watched(entry->state)) return effects;
    auto& state = entry->state;
    auto chain = state.chain;
    if (standing.kind == BlockStanding::Kind::in_chain)
        chain =
            standing.confirmations >= settings_.confirmations ? Chain::confirmed : Chain::in_chain;
    // With nothing on top of its rival it is a race that it may yet win.
    else if (standing.kind == BlockStanding::Kind::not_in_chain && tip_height > entry->block.height)
        chain = Chain::orphaned;
    const bool is_final =
        chain == Chain::confirmed ||
        (chain == Chain::orphaned &&
         tip_height + 1 >= std::uint64_t{entry->block.height} + settings_.confirmations);
    if (chain == state.chain && is_final == state.is_chain_final) return effects;
    if (chain == Chain::confirmed && state.chain != Chain::in_chain)
        add_event(*entry, Event::in_chain, now, {}, {}, effects);
    if (chain != state.chain)
        add_event(*entry,
                  chain == Chain::confirmed  ? Event::confirmed
                  : chain == Chain::in_chain ? Event::in_chain
                                             : Event::orphaned,
                  now, {}, {}, effects);
    state.chain = chain;
    state.is_chain_final = is_final;
    // Another replica's node has it, or one of ours whose answer was lost.
    if (chain != Chain::orphaned && state.kind == BlockState::Kind::spooled)
        state.kind = BlockState::Kind::accepted;
    conclude(*entry, now, effects);
    finish(*entry, effects);
    return effects;
}

Solutions::Effects Solutions::on_published(const bitcoin::BlockHash& hash, std::uint64_t number) {
    Effects effects;
    auto* const entry = look_up(hash);
    if (entry == nullptr) return effects;
    std::erase_if(entry->state.unpublished,
                  [&](const auto& event) { return event.number == number; });
    finish(*entry, effects);
    return effects;
}

const Solutions::Entry* Solutions::find(const bitcoin::BlockHash& hash) const {
    const auto found = by_hash_.find(hash);
    return found == by_hash_.end() ? nullptr : &*found->second;
}

std::vector<const Solutions::Entry*> Solutions::newest(std::size_t count) const {
    std::vector<const Entry*> result;
    for (auto entry = entries_.rbegin(); entry != entries_.rend() && result.size() < count; ++entry)
        result.push_back(&*entry);
    return result;
}

std::vector<bitcoin::BlockHash> Solutions::watched() const {
    std::vector<bitcoin::BlockHash> hashes;
    for (const auto& entry : entries_)
        if (is_watched(entry.state)) hashes.push_back(entry.block.hash);
    return hashes;
}

Solutions::Undelivered Solutions::undelivered() const {
    Undelivered result;
    for (const auto& entry : entries_) {
        if (entry.state.kind != BlockState::Kind::spooled) continue;
        if (result.blocks++ != 0) continue;
        result.oldest = entry.block.found_at;
        result.oldest_height = entry.block.height;
    }
    return result;
}

std::vector<const Solutions::Entry*> Solutions::undelivered_entries() const {
    std::vector<const Entry*> found;
    for (const auto& entry : entries_) {
        if (entry.state.kind != BlockState::Kind::spooled) continue;
        if (found.size() == undelivered_listed) break;
        found.push_back(&entry);
    }
    return found;
}

std::vector<bitcoin::BlockHash> Solutions::waiting_for(std::size_t node) const {
    std::vector<bitcoin::BlockHash> hashes;
    for (const auto& entry : entries_) {
        const auto delivery = entry.state.nodes.find(settings_.nodes.at(node));
        if (entry.bytes && delivery != entry.state.nodes.end() && is_waiting(delivery->second))
            hashes.push_back(entry.block.hash);
    }
    return hashes;
}

Solutions::Entry* Solutions::look_up(const bitcoin::BlockHash& hash) {
    const auto found = by_hash_.find(hash);
    return found == by_hash_.end() ? nullptr : &*found->second;
}

Solutions::Entry& Solutions::insert(SpooledBlock block) {
    Entry entry;
    entry.bytes = std::make_shared<const base::Bytes>(std::exchange(block.bytes, {}));
    entry.block = std::move(block);
    entry.in_flight.resize(settings_.nodes.size());
    entries_.push_back(std::move(entry));
    by_hash_.insert_or_assign(entries_.back().block.hash, std::prev(entries_.end()));
    return entries_.back();
}

/// The nodes are those of today. One that is new gets what no node has taken; what a node has
/// taken it hears of from its peers.
void Solutions::match_nodes(Entry& entry) const {
    auto& state = entry.state;
    for (auto& [name, delivery] : state.nodes) {
        const bool is_there = std::find(settings_.nodes.begin(), settings_.nodes.end(), name) !=
                              settings_.nodes.end();
        if (is_waiting(delivery) && !is_there)
            delivery = {.kind = Delivery::Kind::given_up,
                        .reason = "the node is not configured any more",
                        .is_submitted = delivery.is_submitted};
        // It may be reached in another way by now.
        if (delivery.kind == Delivery::Kind::unsupported && is_there &&
            state.kind == BlockState::Kind::spooled)
            delivery.kind = Delivery::Kind::waiting;
    }
    if (state.kind != BlockState::Kind::spooled) return;
    for (const auto& name : settings_.nodes) state.nodes.try_emplace(name);
}

void Solutions::ask_all(Entry& entry, base::UnixMicros now, Effects& effects) {
    entry.is_asked = true;
    for (std::size_t node = 0; node < settings_.nodes.size(); ++node)
        submit(entry, node, now, effects);
}

void Solutions::submit(Entry& entry, std::size_t node, base::UnixMicros now, Effects& effects) {
    const auto& name = settings_.nodes.at(node);
    const auto delivery = entry.state.nodes.find(name);
    if (!entry.bytes || entry.in_flight.at(node) || delivery == entry.state.nodes.end() ||
        !is_waiting(delivery->second))
        return;
    if (!std::exchange(delivery->second.is_submitted, true))
        add_event(entry, Event::submitted, now, name, {}, effects);
    entry.in_flight.at(node) = true;
    const bool is_own = entry.origin && entry.origin->node == node;
    effects.emplace_back(
        Submit{.hash = entry.block.hash,
               .node = node,
               .bytes = entry.bytes,
               .origin = is_own ? std::optional{entry.origin->name} : std::nullopt});
}

/// An answer for good.
void Solutions::apply(Entry& entry, std::size_t node, const SubmitAnswer& answer,
                      base::UnixMicros now, Effects& effects) {
    const auto& name = settings_.nodes.at(node);
    auto& delivery = entry.state.nodes.at(name);
    switch (verdict_of(answer)) {
        case SubmitVerdict::taken: delivery.kind = Delivery::Kind::accepted; break;
        case SubmitVerdict::side_branch: delivery.kind = Delivery::Kind::side_branch; break;
        case SubmitVerdict::refused: delivery.kind = Delivery::Kind::rejected; break;
        case SubmitVerdict::cannot_take: delivery.kind = Delivery::Kind::unsupported; break;
        case SubmitVerdict::not_yet:
        case SubmitVerdict::no_answer: return;
    }
    delivery.reason = answer.reason;
    add_event(entry, event_of(delivery.kind), now, name, answer.reason, effects);
}

/// What the answers so far come to.
void Solutions::conclude(Entry& entry, base::UnixMicros now, Effects& effects) {
    auto& state = entry.state;
    const auto& nodes = state.nodes;
    if (std::any_of(nodes.begin(), nodes.end(),
                    [](const auto& node) { return has_it(node.second); })) {
        state.kind = BlockState::Kind::accepted;
        state.reason.clear();
    }
    if (is_any_waiting(state)) return;
    if (state.kind == BlockState::Kind::spooled) {
        const auto refusal = std::find_if(nodes.begin(), nodes.end(), [](const auto& node) {
            return node.second.kind == Delivery::Kind::rejected;
        });
        if (refusal == nodes.end()) {
            effects.emplace_back(NoTaker{entry.block.hash});
            return;  // its bytes stay: it is not settled, and the next start may find a taker
        }
        state.kind = BlockState::Kind::rejected;
        state.reason = fmt::format("{}: {}", refusal->first, refusal->second.reason);
        add_event(entry, Event::rejected, now, {}, state.reason, effects);
    }
    entry.bytes.reset();
}

/// What the chain has left behind.
void Solutions::give_up(Entry& entry, std::uint32_t tip_height, base::UnixMicros now,
                        Effects& effects) {
    auto& state = entry.state;
    const std::uint64_t height = entry.block.height;
    const bool is_spooled = state.kind == BlockState::Kind::spooled;
    const auto bound = is_spooled ? settings_.give_up_tips : redundant_tips;
    if (is_spooled ? tip_height >= height + bound
                   : is_any_waiting(state) && tip_height >= height + bound) {
        const auto reason =
            is_spooled ? fmt::format("no node took it, and the tip is {} blocks above it", bound)
                       : fmt::format("others took it {} blocks ago", bound);
        for (auto& [name, delivery] : state.nodes) {
            if (!is_waiting(delivery)) continue;
            delivery.kind = Delivery::Kind::given_up;
            if (!is_spooled) add_event(entry, Event::given_up, now, name, reason, effects);
        }
        if (is_spooled) {
            state.kind = BlockState::Kind::given_up;
            state.reason = reason;
            add_event(entry, Event::given_up, now, {}, reason, effects);
        }
        entry.bytes.reset();
    }
    // No node can tell: the chain is not asked for ever either.
    if (tip_height >= height + 2 * std::uint64_t{settings_.confirmations})
        state.is_chain_final = true;
}

void Solutions::add_event(Entry& entry, Event kind, base::UnixMicros now, std::string node,
                          std::string reason, Effects& effects) {
    auto& state = entry.state;
    state.unpublished.push_back({.number = ++state.events,
                                 .kind = kind,
                                 .at = now,
                                 .node = std::move(node),
                                 .reason = std::move(reason)});
    const bool is_first = (entry.kinds_seen & bit(kind)) == 0;
    entry.kinds_seen |= bit(kind);
    effects.emplace_back(Publish{
        .hash = entry.block.hash, .event = state.unpublished.back(), .is_first_kind = is_first});
    if (state.unpublished.size() > unpublished_max) {
        const auto oldest = std::find_if(state.unpublished.begin(), state.unpublished.end(),
                                         [](const auto& event) { return is_of_chain(event.kind); });
        if (oldest != state.unpublished.end()) state.unpublished.erase(oldest);
    }
}

void Solutions::finish(Entry& entry, Effects& effects) {
    effects.emplace_back(StoreState{.hash = entry.block.hash, .state = entry.state});
    if (is_settled(entry)) forget_oldest_settled(effects);
}

void Solutions::forget_oldest_settled(Effects& effects) {
    auto settled = static_cast<std::size_t>(std::count_if(
        entries_.begin(), entries_.end(), [](const auto& e) { return is_settled(e); }));
    for (auto entry = entries_.begin();
         entry != entries_.end() && settled > settings_.settled_max;) {
        const auto at = entry++;
        // Redis has not heard of it yet: it may stay, but not without a bound.
        const bool is_told = at->state.unpublished.empty() || settled > 2 * settings_.settled_max;
        if (!is_settled(*at) || !is_told) continue;
        effects.emplace_back(Forget{at->block.hash});
        by_hash_.erase(at->block.hash);
        entries_.erase(at);
        --settled;
    }
}

}  // namespace templates
