#include "simulation/parts/nodes.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace simulation {
namespace {

// Every node learns of what it has missed from its peers.
constexpr std::chrono::milliseconds sync_interval{2'000};

}  // namespace

Node::Node(Nodes& nodes, std::string name, Kind kind)
    : nodes_(nodes),
      name_(std::move(name)),
      kind_(kind),
      host_(nodes.network().host(name_)),
      clock_(nodes.world()),
      known_{nodes.tree().root()},
      tip_(nodes.tree().root()),
      tip_since_(nodes.world().now()) {}

void Node::stop() {
    is_up_ = false;
}

void Node::start() {
    if (std::exchange(is_up_, true)) return;
    hear_of(nodes_.best());
}

void Node::lag(std::chrono::microseconds by, std::chrono::microseconds span) {
    lag_ = by;
    lags_until_ = nodes_.world().now() + span;
}

void Node::heal() {
    is_up_ = true;
    lags_until_ = {};
    clock_.set_offset({});
    hear_of(nodes_.best());
}

std::size_t Node::waiting() const {
    return nodes_.tree().waiting(
        std::chrono::floor<std::chrono::microseconds>(nodes_.world().now() - tip_since_));
}

templates::Candidate Node::candidate(const bitcoin::BlockHash& on, std::size_t transactions) const {
    return nodes_.tree().candidate(on, transactions);
}

std::uint32_t Node::height_of(const bitcoin::BlockHash& hash) const {
    return nodes_.tree().at(hash).height;
}

templates::BlockStanding Node::find(const bitcoin::BlockHash& hash) const {
    using Standing = templates::BlockStanding::Kind;
    if (!has(hash)) return {};
    const auto& tree = nodes_.tree();
    if (tree.at(hash).height > tree.at(tip_).height || !tree.is_ancestor(hash, tip_))
        return {.kind = Standing::not_in_chain};
    return {.kind = Standing::in_chain,
            .confirmations = tree.at(tip_).height - tree.at(hash).height + 1};
}

templates::SubmitAnswer Node::submit(base::ByteView bytes) {
    using Answer = templates::SubmitAnswer::Kind;
    const auto rejected = [](std::string why) {
        return templates::SubmitAnswer{.kind = Answer::rejected, .reason = std::move(why)};
    };
    const auto block = bitcoin::parse_block(bytes);
    if (!block) return rejected("Block decode failed");
    const auto hash = bitcoin::header_hash(block->header);
    if (has(hash)) return {.kind = Answer::duplicate, .reason = "duplicate"};
    if (!has(block->header.prev_hash)) return rejected("prev-blk-not-found");
    if (!nodes_.tree().contains(hash))
        if (const auto why = nodes_.tree().take(*block, clock_.unix_now())) return rejected(*why);
    nodes_.reached_.insert(hash);
    take(hash);
    nodes_.relay(hash, this);
    if (tip_ != hash) return rejected("inconclusive");
    return {.kind = Answer::accepted};
}

// With all that it stands on.
void Node::hear_of(const bitcoin::BlockHash& hash) {
    auto& world = nodes_.world();
    if (!is_up_ || has(hash)) return;
    if (world.now() < lags_until_)
        return world.after(lag_, [this, hash] {
            if (is_up_) take(hash);
        });
    take(hash);
}

void Node::take(const bitcoin::BlockHash& hash) {
    auto& tree = nodes_.tree();
    for (auto block = hash; known_.insert(block).second;) block = tree.at(block).prev;
    nodes_.note(hash);
    if (tree.at(hash).height <= tree.at(tip_).height) return;
    tip_ = hash;
    tip_since_ = nodes_.world().now();
    nodes_.world().trace("{} is on block {} at {}", name_, hash.value.to_be_hex().substr(56),
                         tree.at(hash).height);
    std::erase_if(heard_, [](const auto& heard) { return heard.expired(); });
    for (const auto& heard : heard_)
        if (const auto tell = heard.lock()) (*tell)();
}

Nodes::Nodes(World& world, Network& network, Settings settings)
    : world_(world),
      network_(network),
      settings_(settings),
      chance_(world.fork("nodes")),
      tree_(settings.tree, world.clock().unix_now()),
      best_(tree_.root()),
      best_since_(world.now()) {}

Node& Nodes::add(std::string name, Node::Kind kind) {
    return *nodes_.emplace_back(std::make_unique<Node>(*this, std::move(name), kind));
}

void Nodes::start() {
    if (settings_.blocks_of_others.count() > 0) wait_for_others();
    for (const auto& node : nodes_) {
        auto sync = std::make_shared<std::function<void()>>();
        *sync = [this, &node = *node, weak = std::weak_ptr{sync}] {
            node.hear_of(best_);
            if (const auto again = weak.lock())
                world_.after(sync_interval, [again] { (*again)(); });
        };
        world_.after(sync_interval, [sync] { (*sync)(); });
    }
}

void Nodes::heal() {
    for (const auto& node : nodes_) node->heal();
    // Nodes do not ask one another for branches that have lost. A block of ours on such a one,
    // whose parent only a node has that takes no blocks, would lie in the spool until it is of no
    // use.
    for (const auto& node : nodes_)
        for (const auto& other : nodes_)
            for (const auto& hash : other->known_) node->hear_of(hash);
}

bitcoin::BlockHash Nodes::find_block_of_others() {
    const auto hash = tree_.extend(best_, world_.clock().unix_now());
    relay(hash, nullptr);
    return hash;
}

void Nodes::fork(std::uint32_t depth) {
    const auto at = tree_.ancestor(best_, depth);
    auto hash = at;
    while (tree_.at(hash).height <= tree_.at(best_).height)
        hash = tree_.extend(hash, world_.clock().unix_now());
    world_.trace("others have forked the chain at {}", tree_.at(at).height);
    relay(hash, nullptr);
}

void Nodes::relay(const bitcoin::BlockHash& hash, const Node* but) {
    for (const auto& node : nodes_) {
        if (node.get() == but) continue;
        const std::chrono::milliseconds wait{
            chance_.below(static_cast<std::uint64_t>(settings_.relay_max.count()) + 1)};
        world_.after(wait, [&node = *node, hash] { node.hear_of(hash); });
    }
}

// Blocks come by chance, as they do.
void Nodes::wait_for_others() {
    const auto factor = -std::log(1.0 - chance_.fraction());
    const auto wait = std::chrono::duration_cast<std::chrono::microseconds>(
        std::min(factor, 6.0) * settings_.blocks_of_others);
    world_.after(wait, [this] {
        if (is_resting_) return;
        if (settings_.fork_one_in > 0 && chance_.below(settings_.fork_one_in) == 0)
            fork(static_cast<std::uint32_t>(chance_.between(1, 2)));
        else
            find_block_of_others();
        wait_for_others();
    });
}

void Nodes::note(const bitcoin::BlockHash& hash) {
    if (tree_.at(hash).height <= tree_.at(best_).height) return;
    best_ = hash;
    best_since_ = world_.now();
}

}  // namespace simulation
