#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "redis/hiredis_client.h"
#include "redis/slot_map.h"

namespace redis {

/// Finds out who has which slot of a cluster: asks one node after the other, each over a connection
/// of its own, so that one that is stopped or cut off delays nobody's commands. Believed is who has
/// the cluster's majority ("cluster_state:ok") and has not fallen behind it: a failover counts up
/// the epoch. Lives on its owner's loop.
class SlotLearner {
  public:
    using OnLearnt = std::function<void(SlotMap)>;

    /// `config` names the nodes to begin with.
    SlotLearner(boost::asio::io_context& io, ClientConfig config, const base::Clock& clock,
                base::Random& random, OnLearnt on_learnt);
    ~SlotLearner();
    SlotLearner(const SlotLearner&) = delete;
    SlotLearner& operator=(const SlotLearner&) = delete;

    /// Asks until somebody answers, and tells once. `first` is asked first, `last` last.
    void learn(const std::optional<Address>& first, const std::optional<Address>& last);
    /// What the last failure was; for those who wait meanwhile.
    const std::string& why() const { return why_; }

  private:
    struct Answer {
        std::uint64_t epoch = 0;
        bool is_ok = false;
    };

    void begin();
    void ask_next();
    void ask(const Address& node);
    void take(const Address& node, const Answer& answer, const base::Result<Reply, Error>& slots);
    void pass_over(const Address& node, const std::string& why);
    void after(std::chrono::milliseconds wait, void (SlotLearner::*step)());

    boost::asio::io_context& io_;
    ClientConfig config_;
    const base::Clock& clock_;
    base::Random& random_;
    OnLearnt on_learnt_;
    boost::asio::steady_timer timer_;
    std::unique_ptr<HiredisClient> client_{};
    /// Of the cluster, as it last told; the configured ones stay, whatever becomes of these.
    std::vector<Address> known_{};
    std::vector<Address> candidates_{};
    bool is_asking_ = false;
    bool is_wanted_again_ = false;
    std::optional<Address> first_{};
    std::optional<Address> last_{};
    base::SteadyTime last_begun_{};
    std::size_t asked_ = 0;
    std::uint64_t epoch_ = 0;
    bool was_behind_ = false;
    bool is_warned_ = false;
    std::string why_{"no node of the cluster has been asked yet"};
    /// Gone when we are.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace redis
