#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "admin/access.h"
#include "admin/api_call.h"
#include "admin/api_config.h"
#include "admin/api_parts.h"
#include "admin/audit_reader.h"
#include "admin/block_api.h"
#include "admin/channel_api.h"
#include "admin/fleet_api.h"
#include "admin/gateway_api.h"
#include "admin/mutations.h"
#include "admin/policy_api.h"
#include "admin/pool_api.h"
#include "admin/processes.h"
#include "admin/redis_request_book.h"
#include "admin/view.h"
#include "admin/watch_call.h"
#include "admin/watch_hub.h"
#include "admin/worker_api.h"
#include "base/clock.h"
#include "base/random.h"
#include "ledger/durability.h"
#include "redis/client.h"
#include "rpc/mailbox.h"
#include "service/grpc_server.h"
#include "service/metrics.h"

namespace admin {

/// The operators' gRPC server: every service of adit.admin.v1 over the view, behind the roles, with
/// health and reflection. Owned by Admin; one loop.
class ApiServer {
  public:
    /// What the API asks of the others.
    struct Sources {
        const View& view;
        redis::Client& redis;
        ledger::Durability durability{};
        Processes processes{};
        Histories histories{};
    };

    ApiServer(const ApiConfig& config, boost::asio::io_context& loop, const base::Clock& clock,
              base::Random& random, service::Registry& metrics, Sources sources);
    ~ApiServer();
    ApiServer(const ApiServer&) = delete;
    ApiServer& operator=(const ApiServer&) = delete;

    /// One more service, before start(); it outlives this, and asks gate() who may call.
    void add(grpc::Service& service) { services_.push_back(&service); }
    const ApiGate& gate() const { return gate_; }
    const WatchHub& watches() const { return hub_; }

    /// Listens. Errors: throws std::runtime_error when it cannot, naming `api.listen`, or what is
    /// wrong with a file of `api.tls`.
    void start();
    /// No new calls; those that are open have a moment to end.
    void leave();
    std::uint16_t port() const { return server_ ? server_->port() : std::uint16_t{0}; }

  private:
    ApiConfig config_;
    Access access_;
    OpenCalls calls_{};
    rpc::Mailbox mailbox_;
    ApiGate gate_;
    WatchHub hub_;
    WatchGate watches_;
    Sources sources_;
    RedisRequestBook book_;
    Mutations mutations_;
    AuditReader audit_;
    ApiParts parts_;
    PoolApi pool_;
    FleetApi fleet_;
    GatewayApi gateways_;
    ChannelApi channels_;
    WorkerApi workers_;
    BlockApi blocks_;
    PolicyApi policies_;
    std::vector<grpc::Service*> services_;
    std::optional<service::GrpcServer> server_{};
    std::thread closer_{};  // waits for gRPC's calls to end, which need the loop to turn
};

}  // namespace admin
