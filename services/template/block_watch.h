#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "template/nodes.h"
#include "template/spool.h"
#include "template/tip_history.h"

namespace templates {

/// Looks where the chain has the solved blocks: asks the nodes that can tell, one block at a time,
/// after each new tip and now and then; where none ever could, it goes by the tips that they build
/// on. Also sees that a node is back, for the blocks that it has not got. Owned and called by the
/// loop; what it is given outlives it.
class BlockWatch {
  public:
    struct Settings {
        /// Between two rounds when tips follow each other quickly, as they do on test networks.
        std::chrono::milliseconds round_min{1'000};
        /// Nodes may have answered nothing in the last round.
        std::chrono::milliseconds round_max{30'000};
        /// Of tips that are remembered; as deep as any block is watched.
        std::size_t heights_max = 4096;
    };

    BlockWatch(boost::asio::io_context& loop, const base::Clock& clock, Nodes& nodes, Spool& spool,
               Settings settings);
    BlockWatch(boost::asio::io_context& loop, const base::Clock& clock, Nodes& nodes, Spool& spool)
        : BlockWatch(loop, clock, nodes, spool, Settings{}) {}

    /// After the spool has recovered.
    void start();
    /// The block at the end of the chain, as a template builds on it.
    void on_tip(const bitcoin::BlockHash& hash, std::uint32_t height);

  private:
    void wait();
    void on_time();
    void look_for_nodes();
    void ask_next();
    void on_found(NodeIndex node, const BlockStanding& standing);
    void conclude();

    const base::Clock& clock_;
    Nodes& nodes_;
    Spool& spool_;
    Settings settings_;
    TipHistory tips_;
    boost::asio::steady_timer timer_;
    std::vector<char> was_reachable_;  // by node
    bool is_new_tip_ = false;
    /// A node has said of a block where it is: tips alone are not believed any more.
    bool can_ask_ = false;
    base::SteadyTime round_at_{};
    std::vector<bitcoin::BlockHash> round_{};  // still to ask about, the last one first
    std::vector<NodeStanding> answers_{};
    std::size_t unanswered_ = 0;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace templates
