#pragma once

#include <map>
#include <set>
#include <string>

#include "mining/block_template.h"
#include "simulation/parts/nodes.h"
#include "simulation/world.h"

namespace simulation {

/// What must hold of templates and of solved blocks, whoever fails when. Everybody who hands out or
/// is given a template says so here; checks that need a healed world are asked for.
class TemplateLaws {
  public:
    TemplateLaws(World& world, Nodes& nodes) : world_(world), nodes_(nodes) {}

    /// Somebody was given it, under its name: no other one ever has that name (architecture D12).
    void on_template(std::string_view who, const mining::BlockTemplate& given);
    /// All that anybody was given.
    const std::map<mining::TemplateRef, mining::BlockTemplate>& named() const { return named_; }
    /// It is what `who` hands out from now on: never an older one than before, in one process'
    /// life.
    class Current {
      public:
        Current(TemplateLaws& laws, std::string who) : laws_(laws), who_(std::move(who)) {}
        void on_current(const mining::BlockTemplate& given);
        const bitcoin::BlockHash& tip() const { return tip_; }
        base::SteadyTime tip_since() const { return tip_since_; }

      private:
        TemplateLaws& laws_;
        std::string who_;
        mining::TemplateRef newest_{};
        bitcoin::BlockHash tip_{};
        base::SteadyTime tip_since_{};
    };

    /// A replica has confirmed that it has the block: it comes to a node (I6).
    void on_confirmed(const bitcoin::BlockHash& hash) { confirmed_.insert(hash); }

    /// All is well, and has been for long enough: every confirmed block is with a node.
    void check_blocks();
    /// Likewise: who is told of the chain's end within a bound has it (I8).
    void check_tip(std::string_view who, const bitcoin::BlockHash& tip);

  private:
    World& world_;
    Nodes& nodes_;
    std::map<mining::TemplateRef, mining::BlockTemplate> named_{};
    std::set<bitcoin::BlockHash> confirmed_{};
};

}  // namespace simulation
