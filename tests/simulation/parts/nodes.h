#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "simulation/network.h"
#include "simulation/parts/block_tree.h"
#include "simulation/process_clock.h"
#include "simulation/world.h"
#include "template/source.h"

namespace simulation {

class Nodes;

/// One bitcoin node: the blocks that have come to it, and what it builds on, which is the first to
/// come of the highest. Both are on its disk. What it is asked while it is away it does not answer.
class Node {
  public:
    enum class Kind {
        rpc,           ///< as bitcoind: whole candidates, takes every block
        early,         ///< the same, and on a new tip one without transactions first
        distribution,  ///< template distribution: transactions come later, takes its own alone
    };

    Node(Nodes& nodes, std::string name, Kind kind);

    const std::string& name() const { return name_; }
    Kind kind() const { return kind_; }
    Host host() const { return host_; }
    base::UnixMicros unix_now() const { return clock_.unix_now(); }

    void stop();
    void start();
    bool is_up() const { return is_up_; }
    /// What comes from its peers is this much later for a while.
    void lag(std::chrono::microseconds by, std::chrono::microseconds span);
    void set_clock(std::chrono::microseconds offset) { clock_.set_offset(offset); }
    /// As at the start; blocks that it missed come.
    void heal();

    const bitcoin::BlockHash& tip() const { return tip_; }
    bool has(const bitcoin::BlockHash& hash) const { return known_.contains(hash); }
    templates::BlockStanding find(const bitcoin::BlockHash& hash) const;
    templates::SubmitAnswer submit(base::ByteView bytes);
    /// How many transactions wait to be in a block on its tip.
    std::size_t waiting() const;
    templates::Candidate candidate(const bitcoin::BlockHash& on, std::size_t transactions) const;
    std::uint32_t height_of(const bitcoin::BlockHash& hash) const;

    /// Who is told of a new tip, for as long as `heard` lives.
    void on_tip(std::weak_ptr<std::function<void()>> heard) { heard_.push_back(std::move(heard)); }

  private:
    friend class Nodes;
    /// One of its peers has it.
    void hear_of(const bitcoin::BlockHash& hash);
    void take(const bitcoin::BlockHash& hash);

    Nodes& nodes_;
    std::string name_;
    Kind kind_;
    Host host_;
    ProcessClock clock_;
    std::set<bitcoin::BlockHash> known_{};
    bitcoin::BlockHash tip_{};
    base::SteadyTime tip_since_{};
    bool is_up_ = true;
    std::chrono::microseconds lag_{};
    base::SteadyTime lags_until_{};
    std::vector<std::weak_ptr<std::function<void()>>> heard_{};
};

/// The nodes that the pool has, and the rest of the network, which finds blocks too.
class Nodes {
  public:
    struct Settings {
        BlockTree::Settings tree{};
        /// From a block's finding until a node has it.
        std::chrono::milliseconds relay_max{1'500};
        /// Between blocks of others; zero: they find none.
        std::chrono::milliseconds blocks_of_others{20'000};
        /// One in so many of these forks the chain instead.
        std::uint64_t fork_one_in = 6;
    };

    Nodes(World& world, Network& network, Settings settings);

    Node& add(std::string name, Node::Kind kind);
    Node& at(std::size_t index) { return *nodes_.at(index); }
    std::size_t size() const { return nodes_.size(); }
    /// Others begin to find blocks.
    void start();
    /// They stop.
    void rest() { is_resting_ = true; }
    /// All are up, in time and complete, also with what stands on branches that have lost.
    void heal();

    BlockTree& tree() { return tree_; }
    World& world() { return world_; }
    Network& network() { return network_; }

    bitcoin::BlockHash find_block_of_others();
    /// Others build on a block so far below the tip, and get ahead of it.
    void fork(std::uint32_t depth);

    /// The highest block that any node has, whether it is up or not; the first of several.
    const bitcoin::BlockHash& best() const { return best_; }
    /// Since when there is nothing higher.
    base::SteadyTime best_since() const { return best_since_; }
    /// A block of the pool has come to one of them, and was taken.
    bool has_reached(const bitcoin::BlockHash& hash) const { return reached_.contains(hash); }
    const std::set<bitcoin::BlockHash>& reached() const { return reached_; }

  private:
    friend class Node;
    /// All nodes hear of it, each in its time.
    void relay(const bitcoin::BlockHash& hash, const Node* but);
    void wait_for_others();
    void note(const bitcoin::BlockHash& hash);

    World& world_;
    Network& network_;
    Settings settings_;
    Chance chance_;
    BlockTree tree_;
    std::vector<std::unique_ptr<Node>> nodes_{};
    bitcoin::BlockHash best_{};
    base::SteadyTime best_since_{};
    std::set<bitcoin::BlockHash> reached_{};
    bool is_resting_ = false;
};

}  // namespace simulation
