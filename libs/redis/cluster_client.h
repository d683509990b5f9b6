#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "redis/cluster_nodes.h"
#include "redis/process_client.h"
#include "redis/redirect.h"
#include "redis/route.h"
#include "redis/slot_learner.h"
#include "redis/slot_map.h"

namespace redis {

/// The client of a Redis Cluster: one connection for each primary whose slots are asked for, all on
/// one loop.
///
/// Commands of one slot are sent in the order in which they are given; one that was redirected goes
/// again before all that were given after it, one at a time until it is carried out. Redirections,
/// a slot on its way and a primary that is away cost time within a command's deadline and no more:
/// who passes it fails as `disconnected`. A WAIT goes to the node that its command went to. It
/// knows where the keys of the pool's commands are (`route_of`); others fail as `error_reply`.
class ClusterClient final : public ProcessClient {
  public:
    ClusterClient(boost::asio::io_context& io, ClientConfig config, const base::Clock& clock,
                  base::Random& random);
    ~ClusterClient() override;

    void command(Args args, Callback done) override;
    void command_then_wait(Args args, std::uint32_t replicas, std::chrono::milliseconds timeout,
                           ReplicatedCallback done) override;
    /// Asks anew who has which slot. No connection is dropped: most of them serve other slots.
    void reconnect() override;
    /// Every primary whose slots were ever asked for is connected.
    bool is_connected() const override;

    ClientStats stats() const override;
    std::size_t pending_max() const override { return config_.pending_max; }
    void on_timings(ClientTimings timings) override { nodes_.on_timings(std::move(timings)); }
    void on_change(std::function<void(bool is_connected)> observer) override {
        observer_ = std::move(observer);
    }

  private:
    struct Wait {
        std::uint32_t replicas = 0;
        std::chrono::milliseconds timeout{};
    };
    struct Request;
    using RequestPtr = std::shared_ptr<Request>;
    /// What waits for a slot, in the order in which it was given.
    struct Queue {
        std::deque<RequestPtr> waiting{};
        std::size_t in_flight = 0;
        /// Where those in flight are, if any.
        const ClusterNode* at = nullptr;
        /// Requests, waiting or in flight, that were redirected.
        std::size_t redirected = 0;
    };
    /// The queues of slots, and behind them one for the SCAN of each primary.
    using QueueNumber = std::uint32_t;

    void give(Args args, std::optional<Wait> wait, ReplicatedCallback done);
    void dispatch(QueueNumber number);
    void dispatch_all();
    ClusterNode* find_target(Request& request);
    void send(ClusterNode& node, const RequestPtr& request);
    void on_answer(ClusterNode& node, const RequestPtr& request,
                   base::Result<Replicated, Error> result);
    void redirect(const ClusterNode& node, const RequestPtr& request, const Redirect& redirect);
    void finish(const RequestPtr& request, base::Result<Replicated, Error> result);
    bool begin_scan(Request& request);
    void go_on_scanning(const Request& request, base::Result<Replicated, Error>& result) const;

    ClusterNode& node_at(const Address& address);
    void on_node_change(const ClusterNode& node, bool is_connected);
    void on_learnt(SlotMap map);
    void look_again();
    void prune_soon();
    bool is_wanted(const ClusterNode& node) const;
    void tell();
    void arm(base::SteadyTime at);
    void on_timer();
    std::string why_waiting(const Request& request) const;

    boost::asio::io_context& io_;
    ClientConfig config_;
    const base::Clock& clock_;
    boost::asio::steady_timer timer_;
    base::SteadyTime timer_at_ = base::SteadyTime::max();  ///< max: it does not run
    boost::asio::steady_timer look_timer_;
    bool is_looking_ = false;
    std::optional<SlotMap> map_{};
    /// Counts the changes of `map_`, from 1.
    std::uint64_t version_ = 0;
    ClusterNodes nodes_;
    std::map<QueueNumber, Queue> queues_{};
    std::uint64_t next_number_ = 0;
    /// What is not answered: when it was given.
    std::map<std::uint64_t, base::SteadyTime> pending_{};
    std::size_t pending_count_ = 0;
    bool was_connected_ = false;
    std::function<void(bool)> observer_{};
    SlotLearner learner_;
    /// Gone when we are.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace redis
