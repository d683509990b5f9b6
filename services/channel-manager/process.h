#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <zmq.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "bus/worker_bus.h"
#include "channel-manager/allow_list_file.h"
#include "channel-manager/config.h"
#include "channel-manager/metrics.h"
#include "channel-manager/template_search.h"
#include "channel-manager/worker.h"
#include "ledger/ban_follower.h"
#include "ledger/ledger.h"
#include "ledger/pool_config.h"
#include "redis/process_client.h"
#include "rpc/template_client.h"
#include "service/chassis.h"
#include "service/name_watch.h"

namespace channel_manager {

/// A worker and all that it talks to: Redis, gateways, template replicas. First it learns the
/// pool's configuration, then it takes work. Owned by main, on the chassis' loop.
class Process {
  public:
    Process(const Config& config, const base::Clock& clock, base::Random& random,
            service::Chassis& chassis);
    ~Process();

    /// Takes work as soon as it can. Errors: the loop throws std::runtime_error when the pool's
    /// configuration is another than ours.
    void start();
    /// Takes no more; the chassis has drained when what it holds is finished.
    void drain();

  private:
    class Ports;

    void watch();
    void ask_for_pool_config();
    void take_work(const ledger::PoolConfig& pool);
    void ask_redis(mining::TemplateRef ref, TemplateSearch::OnAnswer done);
    void tick();
    void beat();
    void follow_gateways(const service::NameWatch::Addresses& addresses);
    void show_health();
    void show_log();
    void show_gateways();
    void check_payout(const mining::BlockTemplate& block_template);
    void publish(service::Stage& stage, bus::WaitsFor waits_for);

    const Config& config_;
    const base::Clock& clock_;
    base::Random& random_;
    service::Chassis& chassis_;
    Metrics metrics_;
    service::Stage& ledger_stage_;
    service::Stage& template_stage_;
    service::Stage& solution_stage_;
    bus::WorkerId id_;
    std::unique_ptr<redis::ProcessClient> redis_;
    ledger::BanFollower bans_;
    boost::asio::steady_timer tick_timer_;
    boost::asio::steady_timer beat_timer_;
    rpc::TemplateClient templates_;
    service::NameWatch template_names_;
    TemplateSearch search_;
    std::unique_ptr<Ports> ports_;
    std::optional<ledger::Ledger> ledger_{};
    std::optional<Worker> worker_{};
    zmq::context_t zmq_{1};
    std::optional<bus::WorkerBus> bus_{};
    std::optional<service::NameWatch> gateway_names_{};
    std::optional<AllowListFile> allow_list_file_{};
    bool does_payout_fit_ = true;
    std::string refusal_{};  // what a gateway said last that gives this worker no work
    bool is_draining_ = false;
};

}  // namespace channel_manager
