#pragma once

#include <adit/admin/v1/channel.grpc.pb.h>

#include "admin/api_call.h"
#include "admin/service_methods.h"
#include "admin/view.h"
#include "admin/watch_call.h"

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
    ChannelApi(const ApiGate& gate, const WatchGate& watches, const View& view)
        : gate_(gate), watches_(watches), view_(view) {}

    grpc::ServerUnaryReactor* GetChannel(grpc::CallbackServerContext* context,
                                         const proto::GetChannelRequest* request,
                                         proto::GetChannelResponse* response) override;
    grpc::ServerUnaryReactor* ListChannels(grpc::CallbackServerContext* context,
                                           const proto::ListChannelsRequest* request,
                                           proto::ListChannelsResponse* response) override;
    WatchStream::Reactor* WatchChannels(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request) override;

  private:
    const ApiGate& gate_;
    const WatchGate& watches_;
    const View& view_;
};

}  // namespace admin
