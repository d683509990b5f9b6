#pragma once

#include <adit/admin/v1/channel.grpc.pb.h>

#include <cstdint>
#include <functional>

#include "admin/api_parts.h"
#include "admin/service_methods.h"

namespace admin {

using ChannelMethods = ServiceMethods<proto::ChannelService::Service,
                                      proto::ChannelService::WithCallbackMethod_GetChannel,
                                      proto::ChannelService::WithCallbackMethod_ListChannels,
                                      proto::ChannelService::WithRawCallbackMethod_WatchChannels,
                                      proto::ChannelService::WithCallbackMethod_ExplainChannel,
                                      proto::ChannelService::WithCallbackMethod_CloseChannel>::type;

/// ChannelService. Its methods run on gRPC's threads, which hand each call to the loop.
class ChannelApi final : public ChannelMethods {
  public:
    explicit ChannelApi(const ApiParts& parts) : parts_(parts) {}

    grpc::ServerUnaryReactor* GetChannel(grpc::CallbackServerContext* context,
                                         const proto::GetChannelRequest* request,
                                         proto::GetChannelResponse* response) override;
    grpc::ServerUnaryReactor* ListChannels(grpc::CallbackServerContext* context,
                                           const proto::ListChannelsRequest* request,
                                           proto::ListChannelsResponse* response) override;
    WatchStream::Reactor* WatchChannels(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request) override;
    grpc::ServerUnaryReactor* ExplainChannel(grpc::CallbackServerContext* context,
                                             const proto::ExplainChannelRequest* request,
                                             proto::ExplainChannelResponse* response) override;
    grpc::ServerUnaryReactor* CloseChannel(grpc::CallbackServerContext* context,
                                           const proto::CloseChannelRequest* request,
                                           proto::CloseChannelResponse* response) override;

  private:
    void close(std::uint64_t key, const proto::CloseChannelRequest& request,
               std::function<void(ApiResult<proto::CloseChannelResponse>)> done);

    const ApiParts& parts_;
};

}  // namespace admin
