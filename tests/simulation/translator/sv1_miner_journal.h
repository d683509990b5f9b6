#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "auditor/sv1_journal.h"
#include "bitcoin/header.h"
#include "miner/effects.h"
#include "simulation/translator/search_space.h"
#include "simulation/translator/share_name.h"
#include "simulation/world.h"

namespace simulation {

/// What one SV1 miner writes down, over all its connections.
class Sv1MinerJournal {
  public:
    Sv1MinerJournal(const World& world, std::string name) : world_(world), name_(std::move(name)) {}

    struct Share {
        auditor::Sv1Share audited{};
        ShareName name{};
        bitcoin::Header header{};
        base::SteadyTime sent_at{};
        base::SteadyTime answered_at{};
    };
    struct Connection {
        std::string name{};
        bool is_resumed{};
        std::set<SearchSpace> spaces{};  ///< of its jobs
        std::vector<Share> shares{};
    };

    void connected();
    void subscribed(const miner::Subscribed& subscribed);
    void received(const miner::JobReceived& job);
    void sent(const miner::ShareSent& sent);
    void answered(const miner::ShareAnswered& answered);

    const std::string& name() const { return name_; }
    const std::vector<Connection>& connections() const { return connections_; }
    /// Of the last job of this connection; nothing before the first.
    const std::optional<SearchSpace>& space() const { return space_; }

  private:
    std::int64_t unix_us() const { return world_.clock().unix_now().time_since_epoch().count(); }

    const World& world_;
    std::string name_;
    std::vector<Connection> connections_{};
    // Of the last connection.
    std::map<std::string, std::optional<SearchSpace>> jobs_{};
    std::map<std::uint64_t, std::size_t> unanswered_{};
    std::optional<SearchSpace> space_{};
};

}  // namespace simulation
