#pragma once

#include <adit/control/v1/control.grpc.pb.h>

#include "rpc/mailbox.h"
#include "service/chassis.h"

namespace control {

/// What every process tells of itself (adit.control.v1.ControlService). Status and dump are
/// answered on gRPC's threads from what the watchdog keeps in atomics, hence also while the loop is
/// wedged; the rest by the loop. Owned by main, and given to Chassis::run().
class ControlService final : public adit::control::v1::ControlService::CallbackService {
  public:
    explicit ControlService(service::Chassis& chassis)
        : chassis_(chassis), mailbox_(chassis.loop().context()) {}

    grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                        const adit::control::v1::GetStatusRequest* request,
                                        adit::control::v1::GetStatusResponse* response) override;
    grpc::ServerUnaryReactor* Dump(grpc::CallbackServerContext* context,
                                   const adit::control::v1::DumpRequest* request,
                                   adit::control::v1::DumpResponse* response) override;
    grpc::ServerUnaryReactor* GetDetails(grpc::CallbackServerContext* context,
                                         const adit::control::v1::GetDetailsRequest* request,
                                         adit::control::v1::GetDetailsResponse* response) override;
    grpc::ServerUnaryReactor* Wedge(grpc::CallbackServerContext* context,
                                    const adit::control::v1::WedgeRequest* request,
                                    adit::control::v1::WedgeResponse* response) override;

  private:
    service::Chassis& chassis_;
    rpc::Mailbox mailbox_;
};

}  // namespace control
