// An admin service without a pool: canned rows, honest pages, every refusal by name. It tells each
// request in a line of JSON on stdout, after the port in the first line.
//
// Usage: fake_admin [CERTIFICATE KEY CLIENT_CA]

#include <adit/admin/v1/block.grpc.pb.h>
#include <adit/admin/v1/channel.grpc.pb.h>
#include <adit/admin/v1/fleet.grpc.pb.h>
#include <adit/admin/v1/gateway.grpc.pb.h>
#include <adit/admin/v1/policy.grpc.pb.h>
#include <adit/admin/v1/pool.grpc.pb.h>
#include <adit/admin/v1/worker.grpc.pb.h>
#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "aditctl/fake_rows.h"

namespace fake_admin {
namespace {

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;

void tell(const char* method, const google::protobuf::Message& request) {
    static std::mutex mutex;
    const std::lock_guard lock{mutex};
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    std::string json;
    static_cast<void>(google::protobuf::util::MessageToJsonString(request, &json, options).ok());
    fmt::print("{{\"method\":\"{}\",\"request\":{}}}\n", method, json);
    std::fflush(stdout);
}

/// Of all rows, those that `request` asks for next.
template <class Row, class Request, class Response>
Status page(const char* method, const std::vector<Row>& rows, const Request& request,
            Response& response, google::protobuf::RepeatedPtrField<Row>* out) {
    tell(method, request);
    if (request.filter() == "nonsense") return {StatusCode::INVALID_ARGUMENT, "filter: nonsense"};
    const auto from = request.page_token().empty() ? 0 : std::stoul(request.page_token());
    const auto size = static_cast<std::size_t>(request.page_size() == 0 ? 50 : request.page_size());
    const auto to = std::min(rows.size(), from + std::min<std::size_t>(size, 1000));
    for (auto i = from; i < to; ++i) *out->Add() = rows[i];
    if (to < rows.size()) response.set_next_page_token(std::to_string(to));
    return Status::OK;
}

template <class Row, class Request>
Status find(const char* method, const std::vector<Row>& rows, const Request& request, Row* out) {
    tell(method, request);
    const auto found =
        std::ranges::find(rows, request.name(), [](const Row& row) { return row.name(); });
    if (found == rows.end())
        return {StatusCode::NOT_FOUND, fmt::format("there is no {}", request.name())};
    *out = *found;
    return Status::OK;
}

class Pool final : public v1::PoolService::Service {
    Status GetPool(ServerContext*, const v1::GetPoolRequest* request,
                   v1::GetPoolResponse* response) override {
        tell("GetPool", *request);
        *response->mutable_pool() = pool();
        return Status::OK;
    }
    Status ListProblems(ServerContext*, const v1::ListProblemsRequest* request,
                        v1::ListProblemsResponse* response) override {
        return page("ListProblems", problems(), *request, *response, response->mutable_problems());
    }
};

class Fleet final : public v1::FleetService::Service {
    Status ListServices(ServerContext*, const v1::ListServicesRequest* request,
                        v1::ListServicesResponse* response) override {
        return page("ListServices", services(), *request, *response, response->mutable_services());
    }
    Status DumpService(ServerContext*, const v1::DumpServiceRequest* request,
                       v1::DumpServiceResponse* response) override {
        auto& event = *response->add_events();
        event.set_seconds_ago(7.5);
        event.set_what("batch");
        event.set_id(99);
        return find("DumpService", services(), *request, response->mutable_service());
    }
};

class Gateways final : public v1::GatewayService::Service {
    Status ListGateways(ServerContext*, const v1::ListGatewaysRequest* request,
                        v1::ListGatewaysResponse* response) override {
        return page("ListGateways", rows_, *request, *response, response->mutable_gateways());
    }
    /// Each time that somebody looks at a draining gateway, fifteen more have left.
    Status GetGateway(ServerContext*, const v1::GetGatewayRequest* request,
                      v1::GetGatewayResponse* response) override {
        for (auto& row : rows_)
            if (row.name() == request->name() && row.state() == v1::Gateway::STATE_DRAINING) {
                row.set_connections(row.connections() - std::min(row.connections(), 15U));
                if (row.connections() == 0) row.set_state(v1::Gateway::STATE_DRAINED);
            }
        return find("GetGateway", rows_, *request, response->mutable_gateway());
    }
    /// Breaks off after the snapshot; goes on where the caller says that it was.
    Status WatchGateways(ServerContext* context, const v1::WatchGatewaysRequest* request,
                         grpc::ServerWriter<v1::WatchGatewaysResponse>* writer) override {
        tell("WatchGateways", *request);
        v1::WatchGatewaysResponse response;
        if (request->resume_token().empty()) {
            for (const auto& row : rows_) *response.add_upserted() = row;
            response.set_synced(true);
            response.set_resume_token("1");
            writer->Write(response);
            return {StatusCode::UNAVAILABLE, "stopping"};
        }
        *response.add_upserted() = rows_[0];
        response.add_removed("gateways/gateway-3");
        response.set_resume_token("2");
        writer->Write(response);
        while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds{50});
        return Status::CANCELLED;
    }
    Status DrainGateway(ServerContext*, const v1::DrainGatewayRequest* request,
                        v1::DrainGatewayResponse* response) override {
        if (request->name() == "gateways/forbidden")
            return {StatusCode::PERMISSION_DENIED, "a viewer may not drain"};
        if (request->name() == "gateways/raced")
            return {StatusCode::ABORTED, "another request changes it"};
        for (auto& row : rows_)
            if (row.name() == request->name()) {
                row.set_state(v1::Gateway::STATE_DRAINING);
                response->set_connections(row.connections());
            }
        return find("DrainGateway", rows_, *request, response->mutable_gateway());
    }
    Status RebalanceGateway(ServerContext*, const v1::RebalanceGatewayRequest* request,
                            v1::RebalanceGatewayResponse* response) override {
        tell("RebalanceGateway", *request);
        response->set_connections(12);
        return Status::OK;
    }
    Status ListConnections(ServerContext*, const v1::ListConnectionsRequest* request,
                           v1::ListConnectionsResponse* response) override {
        return page("ListConnections", connections(), *request, *response,
                    response->mutable_connections());
    }
    Status DisconnectConnection(ServerContext*, const v1::DisconnectConnectionRequest* request,
                                v1::DisconnectConnectionResponse*) override {
        tell("DisconnectConnection", *request);
        return Status::OK;
    }

    std::vector<v1::Gateway> rows_ = gateways();
};

class Channels final : public v1::ChannelService::Service {
    Status ListChannels(ServerContext*, const v1::ListChannelsRequest* request,
                        v1::ListChannelsResponse* response) override {
        return page("ListChannels", channels(), *request, *response, response->mutable_channels());
    }
    Status GetChannel(ServerContext*, const v1::GetChannelRequest* request,
                      v1::GetChannelResponse* response) override {
        return find("GetChannel", channels(), *request, response->mutable_channel());
    }
};

class Workers final : public v1::WorkerService::Service {
    /// Knows as much of filters as the worst workers need.
    Status ListWorkers(ServerContext*, const v1::ListWorkersRequest* request,
                       v1::ListWorkersResponse* response) override {
        auto rows = workers();
        for (const auto state : {v1::Worker::STATE_SILENT, v1::Worker::STATE_MINING})
            if (const auto name = v1::Worker::State_Name(state).substr(6);
                request->filter().ends_with("state = " + name))
                std::erase_if(rows, [&](const auto& row) { return row.state() != state; });
        return page("ListWorkers", rows, *request, *response, response->mutable_workers());
    }
    Status GetWorker(ServerContext*, const v1::GetWorkerRequest* request,
                     v1::GetWorkerResponse* response) override {
        return find("GetWorker", workers(), *request, response->mutable_worker());
    }
};

class Blocks final : public v1::BlockService::Service {
    Status ListBlocks(ServerContext*, const v1::ListBlocksRequest* request,
                      v1::ListBlocksResponse* response) override {
        return page("ListBlocks", blocks(), *request, *response, response->mutable_blocks());
    }
    Status GetBlock(ServerContext*, const v1::GetBlockRequest* request,
                    v1::GetBlockResponse* response) override {
        return find("GetBlock", blocks(), *request, response->mutable_block());
    }
    Status ListNodes(ServerContext*, const v1::ListNodesRequest* request,
                     v1::ListNodesResponse* response) override {
        return page("ListNodes", nodes(), *request, *response, response->mutable_nodes());
    }
};

class Policies final : public v1::PolicyService::Service {
    Status CreateBan(ServerContext*, const v1::CreateBanRequest* request,
                     v1::CreateBanResponse* response) override {
        tell("CreateBan", *request);
        *response->mutable_ban() = request->ban();
        return Status::OK;
    }
    Status DeleteBan(ServerContext*, const v1::DeleteBanRequest* request,
                     v1::DeleteBanResponse*) override {
        v1::Ban found;
        return find("DeleteBan", bans(), *request, &found);
    }
    Status ListBans(ServerContext*, const v1::ListBansRequest* request,
                    v1::ListBansResponse* response) override {
        return page("ListBans", bans(), *request, *response, response->mutable_bans());
    }
    Status SetVardiffPolicy(ServerContext*, const v1::SetVardiffPolicyRequest* request,
                            v1::SetVardiffPolicyResponse* response) override {
        tell("SetVardiffPolicy", *request);
        response->mutable_vardiff_policy()->mutable_common()->set_shares_per_minute(
            request->shares_per_minute());
        return Status::OK;
    }
};

std::string text_of(const char* path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::shared_ptr<grpc::ServerCredentials> credentials(int argc, char** argv) {
    if (argc < 4) return grpc::InsecureServerCredentials();
    grpc::SslServerCredentialsOptions tls{
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY};
    tls.pem_key_cert_pairs.push_back({text_of(argv[2]), text_of(argv[1])});
    tls.pem_root_certs = text_of(argv[3]);
    return grpc::SslServerCredentials(tls);
}

int run(int argc, char** argv) {
    Pool pools;
    Fleet fleet;
    Gateways gateways_;
    Channels channels_;
    Workers workers_;
    Blocks blocks_;
    Policies policies;
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", credentials(argc, argv), &port);
    for (grpc::Service* const service : std::initializer_list<grpc::Service*>{
             &pools, &fleet, &gateways_, &channels_, &workers_, &blocks_, &policies})
        builder.RegisterService(service);
    const auto server = builder.BuildAndStart();
    if (!server || port == 0) return 1;
    fmt::print("{}\n", port);
    std::fflush(stdout);
    server->Wait();
    return 0;
}

}  // namespace
}  // namespace fake_admin

int main(int argc, char** argv) {
    return fake_admin::run(argc, argv);
}
