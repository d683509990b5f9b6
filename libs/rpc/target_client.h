#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "bitcoin/target.h"
#include "mining/ids.h"
#include "rpc/backoff.h"
#include "rpc/replica_set.h"

namespace rpc {

class TargetLink;
using DialTargets = std::function<std::unique_ptr<TargetLink>(const std::string& address)>;

/// A target that vardiff proposes. Key 0 means every channel without a proposal of its own.
struct TargetProposal {
    mining::ChannelKey channel{};
    bitcoin::Target target{};
    friend bool operator==(const TargetProposal&, const TargetProposal&) = default;
};

/// Keeps the proposals of all vardiff replicas. When vardiff is away, what it proposed last stays:
/// what a replica has proposed that is named no more goes when another one has told what it knows.
///
/// Owned and called by the loop; handlers run on it and must not destroy the client.
class TargetClient {
  public:
    struct Options {
        std::vector<std::string> replicas{};  ///< to begin with, see set_replicas()
        mining::Epoch gateway_epoch{};
        /// Of each replica; later ones are passed on and not kept.
        std::size_t proposals_max = 1'000'000;
        Backoff::Limits backoff{};
    };
    using OnProposal = std::function<void(const TargetProposal&)>;

    /// Over gRPC.
    TargetClient(boost::asio::io_context& loop, base::Random& random, Options options);
    /// Over what `dial` makes (target_link.h).
    TargetClient(boost::asio::io_context& loop, base::Random& random, Options options,
                 DialTargets dial);
    ~TargetClient();

    /// `host:port` of each, whenever these change. Not inside a handler.
    void set_replicas(const std::vector<std::string>& addresses);

    /// Begins to subscribe. `on_proposal` hears of each proposal, also of those for channels that
    /// are gone, of all when a stream begins, and of one that it has heard of before: the channel's
    /// target may have become another one since.
    void start(OnProposal on_proposal);

    /// The channel's own proposal, or the one for every channel. Nothing when there is neither.
    std::optional<bitcoin::Target> find(mining::ChannelKey channel) const;

    /// The channel is closed: its proposal need not be kept.
    void forget(mining::ChannelKey channel);

  private:
    class Replica;

    bool is_another_whole(const Replica& than) const;
    void on_proposal(const Replica& by, const TargetProposal& proposal);
    void sweep_soon();

    boost::asio::io_context& loop_;
    Options options_;
    OnProposal on_proposal_{};
    ReplicaSet<Replica> replicas_;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace rpc
