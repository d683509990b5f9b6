#include "admin/channel_api.h"

#include "admin/list_call.h"

namespace admin {

grpc::ServerUnaryReactor* ChannelApi::GetChannel(grpc::CallbackServerContext* context,
                                                 const proto::GetChannelRequest* request,
                                                 proto::GetChannelResponse* response) {
    return gate_.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetChannelResponse>(view_.channels, names::channel, asked.name(),
                                                  &proto::GetChannelResponse::mutable_channel);
    });
}

grpc::ServerUnaryReactor* ChannelApi::ListChannels(grpc::CallbackServerContext* context,
                                                   const proto::ListChannelsRequest* request,
                                                   proto::ListChannelsResponse* response) {
    return gate_.read(context, request, response, [this](const auto& asked) {
        return list_rows(view_.channels, asked, &proto::ListChannelsResponse::mutable_channels);
    });
}

WatchStream::Reactor* ChannelApi::WatchChannels(grpc::CallbackServerContext* context,
                                                const grpc::ByteBuffer* request) {
    return watches_.watch<proto::WatchChannelsRequest, proto::WatchChannelsResponse>(
        context, request, view_.channels);
}

}  // namespace admin
