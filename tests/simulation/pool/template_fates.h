#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mining/ids.h"
#include "simulation/parts/template_pool.h"
#include "simulation/redis/simulated_redis.h"

namespace simulation {

/// What becomes of the templates that were handed out: whether their blocks can be built, and where
/// they cannot any more, with whom that went.
class TemplateFates {
  public:
    TemplateFates(World& world, const TemplatePool& parts, SimulatedRedis& redis)
        : world_(world), parts_(parts), redis_(redis), seen_(see()) {}

    /// To be called again and again: what was lost since is put down to what happened since.
    void look();

    /// Redis has all of it, with its packs.
    bool is_archived(mining::TemplateRef ref) const;
    /// Redis has it, or a replica, or the disk of one.
    bool can_build(mining::TemplateRef ref) const;
    /// Why no pool could build it: the last who had it died, or Redis failed over to a replica that
    /// had not got it; nobody ever had its transactions; or four newer tips have come, which is how
    /// long templates are kept. Nothing where it can be built, and where it is gone without any of
    /// that.
    std::optional<std::string> why_beyond_building(mining::TemplateRef ref) const;

  private:
    struct Seen {
        std::vector<std::optional<base::SteadyTime>> replicas{};  ///< since when each lives
        std::uint64_t failovers = 0;
        friend bool operator==(const Seen&, const Seen&) = default;
    };
    struct Fate {
        bool was_whole = false;
        std::string went_with{};
    };
    Seen see() const;
    std::string whats_new(const Seen& now) const;
    bool is_outdated(mining::TemplateRef ref) const;

    World& world_;
    const TemplatePool& parts_;
    SimulatedRedis& redis_;
    Seen seen_;
    std::map<mining::TemplateRef, Fate> fates_{};
};

}  // namespace simulation
