#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "channel-manager/ports.h"
#include "mining/block_template.h"
#include "simulation/life.h"
#include "simulation/link.h"
#include "simulation/network.h"

namespace simulation {

/// A node and the template service of it, which is always there: gives templates, streams them, and
/// takes blocks.
class TemplateSource {
  public:
    explicit TemplateSource(Network& network);

    using OnTemplate = std::function<void(const mining::BlockTemplate&)>;
    /// A subscription, as long as it lives: the current template first, then each new one.
    class Subscription {
      public:
        Subscription(TemplateSource& source, Host host, const Life& life, OnTemplate on_template);
        ~Subscription();
        Subscription(const Subscription&) = delete;
        Subscription& operator=(const Subscription&) = delete;

      private:
        friend class TemplateSource;
        void send(const mining::BlockTemplate& block_template);
        TemplateSource& source_;
        Link link_;
        OnTemplate on_template_;
    };

    void submit(Host from, const Life& life, const channel_manager::FoundBlock& block,
                std::function<void(channel_manager::SolutionOutcome)> done);
    using OnFetched = std::function<void(std::optional<mining::BlockTemplate>)>;
    void fetch(Host from, const Life& life, mining::TemplateRef ref, OnFetched done);

    const mining::BlockTemplate& current() const { return *templates_.rbegin()->second; }
    base::SteadyTime tip_since() const { return tip_since_; }
    /// The node has it.
    bool has_block(const bitcoin::BlockHash& hash) const { return blocks_.contains(hash.value); }
    std::size_t blocks() const { return blocks_.size(); }
    Host host() const { return host_; }

  private:
    void new_tip(const bitcoin::BlockHash& hash, const char* by);
    void refresh();
    void publish(mining::BlockTemplate block_template);
    void others_find_blocks();
    channel_manager::SolutionOutcome take(const channel_manager::FoundBlock& block);

    Network& network_;
    World& world_;
    Chance chance_;
    Host host_;
    Life life_;
    std::map<mining::TemplateRef, std::shared_ptr<const mining::BlockTemplate>> templates_{};
    base::SteadyTime tip_since_{};
    std::set<bitcoin::Uint256> blocks_{};
    std::vector<Subscription*> subscriptions_{};
    std::uint64_t serial_{};
};

}  // namespace simulation
