#pragma once

#include <adit/admin/v1/fleet.grpc.pb.h>

#include "admin/api_call.h"
#include "admin/service_methods.h"
#include "admin/view.h"
#include "admin/watch_call.h"

namespace admin {

using FleetMethods =
    ServiceMethods<proto::FleetService::Service, proto::FleetService::WithCallbackMethod_GetService,
                   proto::FleetService::WithCallbackMethod_ListServices,
                   proto::FleetService::WithRawCallbackMethod_WatchServices,
                   proto::FleetService::WithCallbackMethod_DumpService>::type;

/// FleetService. Its methods run on gRPC's threads, which hand each call to the loop.
class FleetApi final : public FleetMethods {
  public:
    FleetApi(const ApiGate& gate, const WatchGate& watches, const View& view)
        : gate_(gate), watches_(watches), view_(view) {}

    grpc::ServerUnaryReactor* GetService(grpc::CallbackServerContext* context,
                                         const proto::GetServiceRequest* request,
                                         proto::GetServiceResponse* response) override;
    grpc::ServerUnaryReactor* ListServices(grpc::CallbackServerContext* context,
                                           const proto::ListServicesRequest* request,
                                           proto::ListServicesResponse* response) override;
    WatchStream::Reactor* WatchServices(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request) override;

  private:
    const ApiGate& gate_;
    const WatchGate& watches_;
    const View& view_;
};

}  // namespace admin
