#pragma once

#include <adit/control/v1/gateway.grpc.pb.h>

#include "edge/certificate_watch.h"
#include "gateway/gateway.h"
#include "rpc/mailbox.h"

namespace gateway {

/// What an operator asks of a gateway (adit.control.v1.GatewayControlService): gRPC's threads hand
/// each call to the loop, which answers. Owned by main, beside the gateway.
class GatewayControl final : public adit::control::v1::GatewayControlService::CallbackService {
  public:
    GatewayControl(const Config& config, const base::Clock& clock, Gateway& gateway,
                   edge::CertificateWatch& certificate, boost::asio::io_context& loop)
        : config_(config),
          clock_(clock),
          gateway_(gateway),
          certificate_(certificate),
          mailbox_(loop) {}

    grpc::ServerUnaryReactor* GetGateway(grpc::CallbackServerContext* context,
                                         const adit::control::v1::GetGatewayRequest* request,
                                         adit::control::v1::GetGatewayResponse* response) override;
    grpc::ServerWriteReactor<adit::control::v1::ListConnectionsResponse>* ListConnections(
        grpc::CallbackServerContext* context,
        const adit::control::v1::ListConnectionsRequest* request) override;
    grpc::ServerUnaryReactor* Disconnect(grpc::CallbackServerContext* context,
                                         const adit::control::v1::DisconnectRequest* request,
                                         adit::control::v1::DisconnectResponse* response) override;
    grpc::ServerUnaryReactor* CloseChannel(
        grpc::CallbackServerContext* context, const adit::control::v1::CloseChannelRequest* request,
        adit::control::v1::CloseChannelResponse* response) override;
    grpc::ServerUnaryReactor* Drain(grpc::CallbackServerContext* context,
                                    const adit::control::v1::DrainRequest* request,
                                    adit::control::v1::DrainResponse* response) override;
    grpc::ServerUnaryReactor* Undrain(grpc::CallbackServerContext* context,
                                      const adit::control::v1::UndrainRequest* request,
                                      adit::control::v1::UndrainResponse* response) override;
    grpc::ServerUnaryReactor* Rebalance(grpc::CallbackServerContext* context,
                                        const adit::control::v1::RebalanceRequest* request,
                                        adit::control::v1::RebalanceResponse* response) override;
    grpc::ServerUnaryReactor* RotateCertificate(
        grpc::CallbackServerContext* context,
        const adit::control::v1::RotateCertificateRequest* request,
        adit::control::v1::RotateCertificateResponse* response) override;

  private:
    adit::control::v1::Certificate certificate() const;

    const Config& config_;
    const base::Clock& clock_;
    Gateway& gateway_;
    edge::CertificateWatch& certificate_;
    rpc::Mailbox mailbox_;
};

}  // namespace gateway
