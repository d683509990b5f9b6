#pragma once

#include <adit/control/v1/gateway.grpc.pb.h>
#include <grpc/support/time.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <chrono>
#include <functional>
#include <utility>
#include <vector>

#include "rpc/mailbox.h"

namespace admin {

/// Reads all connections of a gateway, on gRPC's threads, and hands them to the loop as one
/// message.
class ConnectionStream final
    : public grpc::ClientReadReactor<adit::control::v1::ListConnectionsResponse> {
  public:
    using Connections = std::vector<adit::control::v1::Connection>;
    /// On the loop, once, unless the mailbox is gone; `is_whole`: all of them came in time.
    using Done = std::function<void(bool is_whole, const Connections& connections)>;

    static void ask(adit::control::v1::GatewayControlService::Stub& stub,
                    rpc::Mailbox::Sender to_loop, std::chrono::milliseconds deadline, Done done) {
        // Deletes itself when gRPC is done with it.
        auto* const stream = new ConnectionStream(std::move(to_loop), std::move(done));
        stream->context_.set_deadline(gpr_time_from_millis(deadline.count(), GPR_TIMESPAN));
        stub.async()->ListConnections(&stream->context_, &stream->request_, stream);
        stream->StartRead(&stream->response_);
        stream->StartCall();
    }

    void OnReadDone(bool ok) override {
        if (!ok) return;
        for (auto& connection : *response_.mutable_connections())
            connections_.push_back(std::move(connection));
        StartRead(&response_);
    }
    void OnDone(const grpc::Status& status) override {
        to_loop_.post([done = std::move(done_), is_whole = status.ok(),
                       connections = std::move(connections_)] { done(is_whole, connections); });
        delete this;
    }

  private:
    ConnectionStream(rpc::Mailbox::Sender to_loop, Done done)
        : to_loop_(std::move(to_loop)), done_(std::move(done)) {}

    rpc::Mailbox::Sender to_loop_;
    Done done_;
    grpc::ClientContext context_{};
    adit::control::v1::ListConnectionsRequest request_{};
    adit::control::v1::ListConnectionsResponse response_{};
    Connections connections_{};
};

}  // namespace admin
