#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "channel-manager/metrics.h"
#include "channel-manager/template_search.h"
#include "channel-manager/worker.h"
#include "ledger/ledger.h"
#include "simulation/pool/gateway_process.h"

namespace simulation {

/// One incarnation of a channel-manager: the shipped Worker with ports into the simulated world.
class WorkerProcess final : public channel_manager::Templates,
                            public channel_manager::Solutions,
                            public channel_manager::Commits,
                            public channel_manager::Gateways {
  public:
    WorkerProcess(const Surroundings& surroundings, Host host, ProcessClock& clock,
                  std::vector<Host> gateways, channel_manager::Metrics& metrics,
                  std::uint64_t incarnation);
    ~WorkerProcess();

    Life& life() { return life_; }
    /// Null until it takes work.
    const channel_manager::Worker* worker() const { return worker_ ? &*worker_ : nullptr; }
    std::size_t fullest_pipe() const;
    std::size_t gateways() const { return gateways_.size(); }

    const mining::BlockTemplate* find(mining::TemplateRef ref) const override;
    bool seek(mining::TemplateRef ref) const override;
    void submit(const channel_manager::FoundBlock& block,
                std::function<void(channel_manager::SolutionOutcome)> done) override;
    void commit(const ledger::Commit& commit, ledger::Ledger::Callback done) override;
    void send(std::size_t gateway, const bus::ToGateway& message) override;

  private:
    struct Peer {
        std::unique_ptr<BusNet::WorkerEnd> end{};
    };
    void ask_for_pool_config();
    void ask_redis(mining::TemplateRef ref, channel_manager::TemplateSearch::OnAnswer done);
    void take_work(const ledger::PoolConfig& pool);
    void announce();
    void on_frame(std::size_t gateway, const std::string& frame);

    Surroundings surroundings_;
    Life life_;
    Host host_;
    ProcessClock& clock_;
    std::vector<Host> gateways_;
    channel_manager::Metrics& metrics_;
    Chance chance_;
    bus::WorkerId id_;
    std::unique_ptr<redis::Client> redis_;
    TemplateSource::Subscription templates_;
    mutable channel_manager::TemplateSearch search_;
    std::optional<ledger::Ledger> ledger_{};
    std::optional<channel_manager::Worker> worker_{};
    bus::Ready ready_{};
    std::vector<Peer> peers_{};
};

}  // namespace simulation
