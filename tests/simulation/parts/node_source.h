#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "simulation/life.h"
#include "simulation/parts/nodes.h"
#include "template/source.h"

namespace simulation {

/// A template replica's connection to a node: asks it now and then, and when it tells of a new tip.
class NodeSource final : public templates::Source {
  public:
    /// Of the replica that runs on this host; all outlive it.
    NodeSource(Life& life, Host host, const base::Clock& clock, Node& node, Network& network);

    std::string_view name() const override { return "simulated"; }
    void start(Callbacks callbacks) override;
    void submit_block(templates::SolvedBlock block, OnSubmitted on_submitted) override;
    void find_block(const bitcoin::BlockHash& hash, OnFound on_found) override;

  private:
    bool is_reachable() const;
    void tick();
    void ask();
    void on_silence();
    void on_status(const bitcoin::BlockHash& tip, std::size_t transactions,
                   std::chrono::seconds clock_offset);
    void give(const bitcoin::BlockHash& tip, std::size_t transactions, bool is_new_tip);
    void give_transactions(std::uint64_t origin, templates::Transactions transactions);
    bool takes(const templates::SolvedBlock& block) const;

    Life& life_;
    Host host_;
    const base::Clock& clock_;
    Node& node_;
    Network& network_;
    Callbacks callbacks_{};
    std::shared_ptr<std::function<void()>> heard_{};
    std::optional<std::pair<bitcoin::BlockHash, std::size_t>> given_{};
    std::uint64_t last_origin_ = 0;
    bool was_reachable_ = true;
};

}  // namespace simulation
