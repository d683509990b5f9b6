#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulation/tcp.h"
#include "simulation/translator/upstream_journal.h"
#include "translator/pool_link.h"

namespace simulation {

/// What translator::NetDialer is, without Noise, on simulated sockets. One for each life of a
/// translator; with it all of its connections end, without a word, as those of who is killed.
class SimulatedDialer final : public translator::PoolDialer {
  public:
    /// Where connections to a pool of this name go, which may be another host each time.
    using Resolve = std::function<Host(const std::string& name)>;

    SimulatedDialer(Tcp& tcp, Host host, const Life& life, UpstreamJournal& journal,
                    Resolve resolve);
    ~SimulatedDialer() override;
    SimulatedDialer(const SimulatedDialer&) = delete;
    SimulatedDialer& operator=(const SimulatedDialer&) = delete;

    std::unique_ptr<translator::PoolLink> dial(const translator::PoolAddress& address,
                                               translator::PoolLink::Callbacks callbacks) override;

    /// Something has arrived that was not read yet.
    bool has_unread() const;
    /// All connections end, and nothing that is still said leaves.
    void cut();

  private:
    class Dialled;
    class Link;
    Tcp& tcp_;
    Host host_;
    const Life& life_;
    UpstreamJournal& journal_;
    Resolve resolve_;
    UpstreamJournal::Times times_{};
    std::vector<std::weak_ptr<Dialled>> dialled_{};
};

}  // namespace simulation
