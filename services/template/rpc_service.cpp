#include "template/rpc_service.h"

#include <algorithm>

#include "base/log.h"
#include "bitcoin/header.h"
#include "rpc/template_codec.h"
#include "template/block_builder.h"

namespace templates {
namespace {

namespace proto = adit::templates::v1;

constexpr std::size_t page_size_default = 100;
constexpr std::size_t page_size_max = 1000;

proto::Block::State to_proto(BlockState::Kind kind) {
    switch (kind) {
        case BlockState::Kind::spooled: return proto::Block::STATE_SPOOLED;
        case BlockState::Kind::accepted: return proto::Block::STATE_ACCEPTED;
        case BlockState::Kind::rejected: return proto::Block::STATE_REJECTED;
    }
    return proto::Block::STATE_UNSPECIFIED;
}

proto::SubmitSolutionResponse stored(const bitcoin::BlockHash& hash, bool already_known) {
    proto::SubmitSolutionResponse response;
    response.set_block_hash(rpc::write_uint256(hash.value));
    response.set_already_known(already_known);
    return response;
}

}  // namespace

grpc::ServerWriteReactor<proto::WatchTemplatesResponse>* RpcService::WatchTemplates(
    grpc::CallbackServerContext*, const proto::WatchTemplatesRequest* request) {
    return StreamHub::Stream::accept(mailbox_.sender(),
                                     [this, asked = *request](const auto& stream) {
                                         hub_.subscribe(stream, asked, feed_.store());
                                     });
}

grpc::ServerUnaryReactor* RpcService::SubmitSolution(grpc::CallbackServerContext* context,
                                                     const proto::SubmitSolutionRequest* request,
                                                     proto::SubmitSolutionResponse* response) {
    return SubmitCall::accept(context, response, mailbox_.sender(),
                              [this, asked = *request](const auto& call) { submit(call, asked); });
}

grpc::ServerUnaryReactor* RpcService::ListBlocks(grpc::CallbackServerContext* context,
                                                 const proto::ListBlocksRequest* request,
                                                 proto::ListBlocksResponse* response) {
    using Call = rpc::UnaryCall<proto::ListBlocksResponse>;
    return Call::accept(context, response, mailbox_.sender(),
                        [this, size = request->page_size()](const auto& call) {
                            call->answer(list(size == 0 ? page_size_default : size));
                        });
}

void RpcService::submit(const std::shared_ptr<SubmitCall>& call,
                        const proto::SubmitSolutionRequest& request) {
    const auto header = base::as_bytes(request.header());
    if (header.size() != bitcoin::header_size)
        return call->refuse(
            {grpc::StatusCode::INVALID_ARGUMENT, "the header does not have 80 bytes"});
    // One that is on disk is known whether or not its template is still held.
    const auto hash = bitcoin::header_hash(header.first<bitcoin::header_size>());
    if (const auto* const known = spool_.solutions().find(hash); known && known->is_on_disk)
        return call->answer(stored(hash, true));

    const mining::TemplateRef ref{request.template_ref()};
    const auto* const held = feed_.store().find(ref);
    if (held == nullptr)
        return call->refuse({grpc::StatusCode::NOT_FOUND, "this replica holds no such template"});
    auto built = build_block(to_candidate(*held), header, base::as_bytes(request.coinbase_tx()));
    if (!built) {
        base::log_warning("a solution is no block", {{"template", ref.value},
                                                     {"channel", request.channel_key()},
                                                     {"reason", built.error()}});
        return call->refuse({grpc::StatusCode::INVALID_ARGUMENT, std::string{built.error()}});
    }
    spool_.take({.hash = hash,
                 .height = held->block_template.tip.height,
                 .template_ref = ref,
                 .channel = mining::ChannelKey{request.channel_key()},
                 .found_at = clock_.unix_now(),
                 .bytes = std::move(built->bytes)},
                [call, hash](const auto& result) {
                    if (result)
                        call->answer(stored(hash, result->already_known));
                    else
                        call->refuse({grpc::StatusCode::UNAVAILABLE, result.error()});
                });
}

proto::ListBlocksResponse RpcService::list(std::size_t count) const {
    proto::ListBlocksResponse response;
    for (const auto& entry : spool_.solutions().newest(std::min(count, page_size_max))) {
        auto& block = *response.add_blocks();
        block.set_block_hash(rpc::write_uint256(entry.hash.value));
        block.set_height(entry.height);
        block.set_state(to_proto(entry.state.kind));
        block.set_reason(entry.state.reason);
        block.set_channel_key(entry.channel.value);
    }
    return response;
}

}  // namespace templates
