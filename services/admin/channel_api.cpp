#include "admin/channel_api.h"

#include <adit/control/v1/gateway.grpc.pb.h>
#include <adit/vardiff/v1/vardiff.grpc.pb.h>

#include "admin/api_fields.h"
#include "admin/channel_explanation.h"
#include "admin/list_call.h"
#include "admin/mutation_call.h"
#include "admin/row_names.h"

namespace admin {
namespace {

namespace control = adit::control::v1;
namespace vardiff = adit::vardiff::v1;

// What a miner can be told (Sv2 5.3.8, STR0_255).
constexpr std::size_t reason_size_max = 255;

ApiResult<std::uint64_t> key_of(const std::string& name) {
    const auto variables = parse_name(names::channel, name);
    if (!variables) return base::unexpected(variables.error());
    const auto key = channel_of_resource(name);
    if (!key)
        return base::unexpected(
            ApiError{Reason::invalid_name,
                     "a channel's name ends with 16 hexadecimal digits: "
                     "\"channels/0123456789abcdef\"",
                     {{"field", "name"}, {"form", std::string{names::channel}}}});
    return key->value;
}

}  // namespace

grpc::ServerUnaryReactor* ChannelApi::GetChannel(grpc::CallbackServerContext* context,
                                                 const proto::GetChannelRequest* request,
                                                 proto::GetChannelResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetChannelResponse>(parts_.view.channels, names::channel,
                                                  asked.name(),
                                                  &proto::GetChannelResponse::mutable_channel);
    });
}

grpc::ServerUnaryReactor* ChannelApi::ListChannels(grpc::CallbackServerContext* context,
                                                   const proto::ListChannelsRequest* request,
                                                   proto::ListChannelsResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return list_rows(parts_.view.channels, asked,
                         &proto::ListChannelsResponse::mutable_channels);
    });
}

WatchStream::Reactor* ChannelApi::WatchChannels(grpc::CallbackServerContext* context,
                                                const grpc::ByteBuffer* request) {
    return parts_.watches.watch<proto::WatchChannelsRequest, proto::WatchChannelsResponse>(
        context, request, parts_.view.channels);
}

grpc::ServerUnaryReactor* ChannelApi::ExplainChannel(grpc::CallbackServerContext* context,
                                                     const proto::ExplainChannelRequest* request,
                                                     proto::ExplainChannelResponse* response) {
    return parts_.gate.ask(context, request, response, Role::viewer, [this](const auto& call) {
        const auto key = key_of(call->request().name());
        if (!key) return call->refuse(to_status(key.error()));
        vardiff::ExplainRequest asked;
        asked.set_channel_key(*key);
        // It is with the replica that has its partition.
        ask_all<vardiff::VardiffService, vardiff::ExplainRequest, vardiff::ExplainResponse>(
            parts_.processes, parts_.gate.to_loop(), services_of(parts_.view, "vardiff"), asked,
            [](auto& async, auto... args) { async.Explain(args...); },
            [this, call](auto answers) {
                const auto& name = call->request().name();
                auto explained = best_of(std::move(answers), not_found(name));
                if (!explained) return call->refuse(to_status(explained.error()));
                auto answer = to_explanation(*explained);
                if (const auto* const row = parts_.view.channels.find(name))
                    *answer.mutable_channel() = *row;
                else
                    answer.mutable_channel()->set_name(name);
                call->answer(std::move(answer));
            });
    });
}

grpc::ServerUnaryReactor* ChannelApi::CloseChannel(grpc::CallbackServerContext* context,
                                                   const proto::CloseChannelRequest* request,
                                                   proto::CloseChannelResponse* response) {
    return parts_.gate.ask(context, request, response, Role::operating, [this](const auto& call) {
        const auto key = key_of(call->request().name());
        if (!key) return call->refuse(to_status(key.error()));
        if (call->request().reason_code().size() > reason_size_max)
            return call->refuse(to_status(invalid_field("reason_code", "has more than 255 bytes")));
        mutate(parts_.mutations, call, "CloseChannel",
               [this, key = *key](const auto& asked, auto done) {
                   close(key, asked, std::move(done));
               });
    });
}

void ChannelApi::close(std::uint64_t key, const proto::CloseChannelRequest& request,
                       std::function<void(ApiResult<proto::CloseChannelResponse>)> done) {
    control::CloseChannelRequest asked;
    asked.set_channel_key(key);
    asked.set_reason_code(request.reason_code());
    // Where it is not known yet whose it is: each gateway knows its own.
    const auto* const row = parts_.view.channels.find(request.name());
    auto gateways = row != nullptr && !row->gateway().empty()
                        ? std::vector<std::string>{row->gateway()}
                        : names_of(parts_.view.gateways);
    ask_all<control::GatewayControlService, control::CloseChannelRequest,
            control::CloseChannelResponse>(
        parts_.processes, parts_.gate.to_loop(), gateways, asked,
        [](auto& async, auto... args) { async.CloseChannel(args...); },
        [name = request.name(), done = std::move(done)](auto answers) {
            auto closed = best_of(std::move(answers), not_found(name));
            if (!closed) return done(base::unexpected(closed.error()));
            done(proto::CloseChannelResponse{});
        });
}

}  // namespace admin
