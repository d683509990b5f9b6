#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "channel-manager/ports.h"
#include "mining/block_template.h"
#include "rpc/template_client.h"
#include "simulation/life.h"
#include "simulation/parts/template_pool.h"
#include "simulation/pool/template_fates.h"
#include "simulation/redis/simulated_redis.h"

namespace simulation {

/// The template service of the pool, and how its other processes reach it: nodes, two replicas on
/// them (parts/template_pool.h), and a client in each gateway and worker.
class TemplateSource {
  public:
    TemplateSource(Network& network, RpcDirectory& directory, SimulatedRedis& redis,
                   const ledger::Durability& durability);

    using OnTemplate = std::function<void(const mining::BlockTemplate&)>;
    /// What a process has of the service, as long as it lives: the shipped rpc::TemplateClient,
    /// which says each template that is to be worked on.
    class Subscription {
      public:
        Subscription(TemplateSource& source, Host host, const Life& life, OnTemplate on_template);
        ~Subscription();
        Subscription(const Subscription&) = delete;
        Subscription& operator=(const Subscription&) = delete;

        const rpc::TemplateClient& client() const { return client_; }
        rpc::TemplateClient& client() { return client_; }
        /// Hands a block in, once; a confirmation is remembered and checked at the end.
        void submit(const channel_manager::FoundBlock& block,
                    std::function<void(channel_manager::SolutionOutcome)> done);

      private:
        friend class TemplateSource;
        TemplateSource& source_;
        Host host_;
        Chance chance_;
        TemplateLaws::Current current_;
        rpc::TemplateClient client_;
    };

    /// What the replica that leads streams: the tip, since when, and where. Of two that lead, as
    /// one does that hears of nobody, the newer.
    struct Streamed {
        bitcoin::BlockHash tip{};
        base::SteadyTime since{};
        Host host{};
        base::SteadyTime started_at{};  ///< the replica
    };
    /// Nothing while none leads, or only since a moment ago.
    std::optional<Streamed> streamed() const;

    /// A node has it.
    bool has_block(const bitcoin::BlockHash& hash) const {
        return parts_.nodes().has_reached(hash);
    }
    /// It was handed in, and nobody can build it, for a reason that no pool can help (it is
    /// traced). Any other one reaches a node.
    bool was_beyond_building(const bitcoin::BlockHash& hash) const;
    /// To be called again and again.
    void look();
    std::size_t blocks() const { return parts_.nodes().reached().size(); }
    TemplatePool& parts() { return parts_; }
    /// When all has been well for long enough, and no share is on its way.
    void check_healed();

  private:
    void on_answer(const channel_manager::FoundBlock& block,
                   const base::Result<rpc::SolutionStored, rpc::SolutionError>& answer);

    Network& network_;
    RpcDirectory& directory_;
    TemplatePool parts_;
    TemplateFates fates_;
    std::vector<std::optional<base::SteadyTime>> leads_since_;  // by replica, as look() saw it
    std::map<Host, Subscription*> subscriptions_{};
    std::map<bitcoin::BlockHash, mining::TemplateRef> handed_in_{};
};

}  // namespace simulation
