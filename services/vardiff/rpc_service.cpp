#include "vardiff/rpc_service.h"

#include "rpc/server_stream.h"
#include "vardiff/codec.h"

namespace vardiff {

namespace proto = adit::vardiff::v1;

grpc::ServerWriteReactor<proto::WatchTargetsResponse>* RpcService::WatchTargets(
    grpc::CallbackServerContext*, const proto::WatchTargetsRequest* request) {
    return rpc::ServerStream<proto::WatchTargetsResponse>::accept(
        mailbox_.sender(), [this, epoch = request->gateway_epoch()](const auto& stream) {
            hub_.subscribe(stream, mining::Epoch{epoch});
        });
}

grpc::ServerUnaryReactor* RpcService::GetPolicy(grpc::CallbackServerContext* context,
                                                const proto::GetPolicyRequest*,
                                                proto::GetPolicyResponse* response) {
    using Call = rpc::UnaryCall<proto::GetPolicyResponse>;
    return Call::accept(context, response, mailbox_.sender(), [this](const auto& call) {
        proto::GetPolicyResponse answer;
        *answer.mutable_policies() = to_proto(policies_.current()->set());
        call->answer(std::move(answer));
    });
}

grpc::ServerUnaryReactor* RpcService::SetPolicy(grpc::CallbackServerContext* context,
                                                const proto::SetPolicyRequest* request,
                                                proto::SetPolicyResponse* response) {
    using Call = rpc::UnaryCall<proto::SetPolicyResponse>;
    return Call::accept(
        context, response, mailbox_.sender(), [this, asked = *request](const auto& call) {
            auto next = changed(policies_.current()->set(), asked);
            if (!next) return call->refuse({grpc::StatusCode::INVALID_ARGUMENT, next.error()});
            policies_.change(std::move(*next), [this, call](PolicyKeeper::Outcome outcome) {
                switch (outcome) {
                    case PolicyKeeper::Outcome::changed: {
                        proto::SetPolicyResponse answer;
                        *answer.mutable_policies() = to_proto(policies_.current()->set());
                        return call->answer(std::move(answer));
                    }
                    case PolicyKeeper::Outcome::overtaken:
                        return call->refuse(
                            {grpc::StatusCode::ABORTED, "somebody else has changed it; ask again"});
                    case PolicyKeeper::Outcome::unavailable:
                        return call->refuse(
                            {grpc::StatusCode::UNAVAILABLE, "Redis is away; nothing is changed"});
                }
            });
        });
}

grpc::ServerUnaryReactor* RpcService::Explain(grpc::CallbackServerContext* context,
                                              const proto::ExplainRequest* request,
                                              proto::ExplainResponse* response) {
    using Call = rpc::UnaryCall<proto::ExplainResponse>;
    return Call::accept(
        context, response, mailbox_.sender(),
        [this, key = mining::ChannelKey{request->channel_key()}](const auto& call) {
            const auto* channel = find_channel_(key);
            if (channel == nullptr)
                return call->refuse(
                    {grpc::StatusCode::NOT_FOUND, "this replica has no such channel"});
            call->answer(explain(*channel, policies_.current()->terms_for(channel->user_identity)));
        });
}

}  // namespace vardiff
