#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "rpc/template_client.h"
#include "simulation/parts/template_pool.h"

namespace simulation {

/// A client of the template replicas that solves blocks of what it is given, and hands each in
/// until a replica has confirmed it, as a channel-manager does: the shipped rpc::TemplateClient on
/// simulated connections.
class TemplateProbe {
  public:
    TemplateProbe(World& world, RpcDirectory& directory, std::string name, TemplatePool& pool);

    const bitcoin::BlockHash& tip() const { return current_.tip(); }
    /// Blocks that no replica has confirmed, though one could have.
    std::size_t unconfirmed(base::SteadyTime redis_failed_at) const;
    std::size_t confirmed() const { return confirmed_; }
    /// Blocks of which this was the last answer; `unavailable` also before the first.
    std::size_t told(rpc::SolutionError error) const;
    /// A share of its template meets the network target.
    void solve();

  private:
    struct Found {
        rpc::Solution solution{};
        std::uint32_t height{};
        base::SteadyTime template_since{};
        rpc::SolutionError error = rpc::SolutionError::unavailable;
    };
    void hand_in(const bitcoin::BlockHash& hash);

    Life life_;
    Chance chance_;
    TemplatePool& pool_;
    TemplateLaws& laws_;
    TemplateLaws::Current current_;
    rpc::TemplateClient client_;
    std::map<bitcoin::BlockHash, Found> waiting_{};
    base::SteadyTime current_since_{};
    std::size_t confirmed_ = 0;
};

}  // namespace simulation
