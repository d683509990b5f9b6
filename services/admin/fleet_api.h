#pragma once

#include <adit/admin/v1/fleet.grpc.pb.h>

#include "admin/api_parts.h"
#include "admin/service_methods.h"

namespace admin {

using FleetMethods =
    ServiceMethods<proto::FleetService::Service, proto::FleetService::WithCallbackMethod_GetService,
                   proto::FleetService::WithCallbackMethod_ListServices,
                   proto::FleetService::WithRawCallbackMethod_WatchServices,
                   proto::FleetService::WithCallbackMethod_DumpService>::type;

/// FleetService. Its methods run on gRPC's threads, which hand each call to the loop.
class FleetApi final : public FleetMethods {
  public:
    explicit FleetApi(const ApiParts& parts) : parts_(parts) {}

    grpc::ServerUnaryReactor* GetService(grpc::CallbackServerContext* context,
                                         const proto::GetServiceRequest* request,
                                         proto::GetServiceResponse* response) override;
    grpc::ServerUnaryReactor* ListServices(grpc::CallbackServerContext* context,
                                           const proto::ListServicesRequest* request,
                                           proto::ListServicesResponse* response) override;
    WatchStream::Reactor* WatchServices(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request) override;
    grpc::ServerUnaryReactor* DumpService(grpc::CallbackServerContext* context,
                                          const proto::DumpServiceRequest* request,
                                          proto::DumpServiceResponse* response) override;

  private:
    const ApiParts& parts_;
};

}  // namespace admin
