#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "ledger/block_log.h"
#include "rpc/backoff.h"
#include "service/stage.h"
#include "template/metrics.h"
#include "template/nodes.h"
#include "template/solutions.h"
#include "template/spool_disk.h"

namespace templates {

/// Gets solved blocks onto disk and from there to every node, until each takes or refuses them,
/// over restarts (architecture D6), and says what happens to them.
///
/// Owned and called by the loop; what it is given outlives it.
class Spool {
  public:
    struct Settings {
        /// See Solutions::Settings.
        std::size_t settled_max = 1000;
        std::uint32_t confirmations = 100;
        std::uint32_t give_up_tips = 100;
        /// Blocks on their way to the disk: more mean that the disk stands still.
        std::size_t storing_max = 256;
        /// Blocks that no node has taken, in memory: more are not accepted from workers.
        std::size_t undelivered_max = 1024;
        /// A disk that takes longer does not keep the nodes waiting: that is what a slow one
        /// needs to sync a block, many times over.
        std::chrono::milliseconds disk_wait_max{500};
        rpc::Backoff::Limits retry{.first = std::chrono::milliseconds{250},
                                   .last = std::chrono::seconds{5}};
    };
    struct Ports {
        Nodes& nodes;
        Metrics& metrics;
        /// Blocks that no node has taken, for the watchdog.
        service::Stage& stage;
        /// Where blocks are kept, and what writes them there.
        SpoolFiles& files;
        Background& disk;
        /// To the stream of what happens to blocks.
        std::function<void(ledger::BlockEntry)> publish;
    };
    struct Stored {
        bool already_known{};
    };
    /// Errors: why the block is not on disk.
    using OnStored = std::function<void(base::Result<Stored, std::string>)>;

    Spool(boost::asio::io_context& loop, const base::Clock& clock, base::Random& random,
          Ports ports, Settings settings);
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    /// Before the loop turns: reads what lies there. What is not settled is submitted once the
    /// loop turns. Errors: throws when files cannot be kept there.
    void recover();

    /// The callback fires when the whole block is on disk or a node has it, or when neither is so
    /// far; the block goes to the nodes in any case.
    void take(SpooledBlock block, std::optional<Origin> origin, OnStored on_stored);

    /// See Solutions.
    void on_tip(std::uint32_t height);
    void on_standing(const bitcoin::BlockHash& hash, const BlockStanding& standing,
                     std::uint32_t tip_height);
    void on_published(const ledger::BlockEntry& entry);
    /// The node answers again: what it has not answered for is not kept for later, and the oldest
    /// block goes first, since of two at one height the first to come wins.
    void on_node_back(NodeIndex node);

    /// Gives a block to every node again. The nodes that are asked now; nothing where the block is
    /// not known or its bytes are gone.
    using OnResubmitted = std::function<void(std::optional<std::vector<std::string>> nodes)>;
    void resubmit(const bitcoin::BlockHash& hash, OnResubmitted on_resubmitted);

    /// Looks up the gauges.
    void publish_gauges();

    const Solutions& solutions() const { return solutions_; }

  private:
    /// When a node is asked again.
    struct Asking {
        boost::asio::steady_timer retry;
        rpc::Backoff backoff;
    };

    void carry_out(Solutions::Effects effects);
    void carry_out(Solutions::StoreBlock effect);
    void carry_out(Solutions::Submit effect);
    void carry_out(Solutions::Retry effect);
    void carry_out(Solutions::StoreState effect);
    void carry_out(Solutions::Publish effect);
    void carry_out(Solutions::Forget effect);
    void carry_out(Solutions::NoTaker effect);
    void on_stored(const bitcoin::BlockHash& hash, const std::optional<std::string>& failure);
    void on_answer(const bitcoin::BlockHash& hash, NodeIndex node, const SubmitAnswer& answer);
    void ask_again(const bitcoin::BlockHash& hash, NodeIndex node);
    std::vector<std::string> submit_again(const bitcoin::BlockHash& hash, base::Bytes bytes);
    void watch_disk(const bitcoin::BlockHash& hash);
    void publish_stage();
    /// By the steady clock, of which a restart knows nothing.
    std::optional<base::SteadyTime> since(const Solutions::Undelivered& undelivered,
                                          base::SteadyTime now) const;

    boost::asio::io_context& loop_;
    const base::Clock& clock_;
    base::Random& random_;
    Ports ports_;
    Settings settings_;
    Solutions solutions_;
    std::string replica_{};
    std::deque<Solutions::Effect> to_do_{};
    bool is_busy_ = false;
    std::unordered_map<bitcoin::BlockHash, std::vector<OnStored>> waiting_{};
    std::unordered_map<bitcoin::BlockHash, std::map<NodeIndex, Asking>> asked_again_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
    SpoolDisk disk_;
};

}  // namespace templates
