#include "template/rpc_service.h"

#include <algorithm>

#include "rpc/server_stream.h"
#include "rpc/template_codec.h"
#include "rpc/unary_call.h"
#include "template/node_list.h"
#include "template/template_list.h"

namespace templates {
namespace {

namespace proto = adit::templates::v1;

constexpr std::size_t page_size_default = 100;
constexpr std::size_t page_size_max = 1000;
proto::Block::State to_proto(const BlockState& state) {
    switch (state.chain) {
        case BlockState::Chain::in_chain: return proto::Block::STATE_IN_CHAIN;
        case BlockState::Chain::confirmed: return proto::Block::STATE_CONFIRMED;
        case BlockState::Chain::orphaned: return proto::Block::STATE_ORPHANED;
        case BlockState::Chain::unknown: break;
    }
    switch (state.kind) {
        case BlockState::Kind::spooled: return proto::Block::STATE_SPOOLED;
        case BlockState::Kind::accepted: return proto::Block::STATE_ACCEPTED;
        case BlockState::Kind::rejected: return proto::Block::STATE_REJECTED;
        case BlockState::Kind::given_up: return proto::Block::STATE_GIVEN_UP;
    }
    return proto::Block::STATE_UNSPECIFIED;
}

proto::Block to_proto(const Solutions::Entry& entry) {
    proto::Block block;
    block.set_block_hash(rpc::write_uint256(entry.block.hash.value));
    block.set_height(entry.block.height);
    block.set_state(to_proto(entry.state));
    block.set_reason(entry.state.reason);
    block.set_channel_key(entry.block.channel.value);
    block.set_template_ref(entry.block.template_ref.value);
    block.set_user_identity(entry.block.user_identity);
    block.set_value_sat(entry.block.value_sat);
    block.set_found_at_us(
        static_cast<std::uint64_t>(entry.block.found_at.time_since_epoch().count()));
    block.set_is_on_disk(entry.is_on_disk);
    for (const auto& [name, delivery] : entry.state.nodes) {
        auto& node = *block.add_nodes();
        node.set_node(name);
        node.set_answer(std::string{name_of(delivery.kind)});
        node.set_reason(delivery.reason);
    }
    return block;
}

}  // namespace

grpc::ServerWriteReactor<proto::WatchTemplatesResponse>* RpcService::WatchTemplates(
    grpc::CallbackServerContext*, const proto::WatchTemplatesRequest* request) {
    return rpc::ServerStream<proto::WatchTemplatesResponse>::accept(
        mailbox_.sender(), [this, asked = *request](const auto& stream) {
            hub_.subscribe(stream, asked, feed_.store());
        });
}

grpc::ServerUnaryReactor* RpcService::GetTemplate(grpc::CallbackServerContext* context,
                                                  const proto::GetTemplateRequest* request,
                                                  proto::GetTemplateResponse* response) {
    using Call = rpc::UnaryCall<proto::GetTemplateResponse>;
    return Call::accept(context, response, mailbox_.sender(),
                        [this, asked = *request](const auto& call) {
                            desk_.get(asked, [call](auto answer) {
                                if (answer)
                                    call->answer(*std::move(answer));
                                else
                                    call->refuse(answer.error());
                            });
                        });
}

grpc::ServerUnaryReactor* RpcService::SubmitSolution(grpc::CallbackServerContext* context,
                                                     const proto::SubmitSolutionRequest* request,
                                                     proto::SubmitSolutionResponse* response) {
    using Call = rpc::UnaryCall<proto::SubmitSolutionResponse>;
    return Call::accept(context, response, mailbox_.sender(),
                        [this, asked = *request](const auto& call) {
                            desk_.submit(asked, [call](auto answer) {
                                if (answer)
                                    call->answer(*std::move(answer));
                                else
                                    call->refuse(answer.error());
                            });
                        });
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

grpc::ServerUnaryReactor* RpcService::ResubmitBlock(grpc::CallbackServerContext* context,
                                                    const proto::ResubmitBlockRequest* request,
                                                    proto::ResubmitBlockResponse* response) {
    using Call = rpc::UnaryCall<proto::ResubmitBlockResponse>;
    return Call::accept(
        context, response, mailbox_.sender(), [this, asked = *request](const auto& call) {
            const auto hash = rpc::read_uint256(asked.block_hash());
            if (!hash)
                return call->refuse(
                    {grpc::StatusCode::INVALID_ARGUMENT, "block_hash does not have 32 bytes"});
            spool_.resubmit(bitcoin::BlockHash{*hash}, [call](const auto& nodes) {
                if (!nodes)
                    return call->refuse(
                        {grpc::StatusCode::NOT_FOUND,
                         "this replica does not know the block, or has its bytes no "
                         "more"});
                proto::ResubmitBlockResponse out;
                for (const auto& node : *nodes) out.add_nodes(node);
                call->answer(std::move(out));
            });
        });
}

grpc::ServerUnaryReactor* RpcService::ListTemplates(grpc::CallbackServerContext* context,
                                                    const proto::ListTemplatesRequest* request,
                                                    proto::ListTemplatesResponse* response) {
    using Call = rpc::UnaryCall<proto::ListTemplatesResponse>;
    return Call::accept(
        context, response, mailbox_.sender(),
        [this, size = request->page_size()](const auto& call) {
            call->answer(list_templates(
                feed_.store(), nodes_.nodes(),
                std::min<std::size_t>(size == 0 ? page_size_default : size, page_size_max)));
        });
}

grpc::ServerUnaryReactor* RpcService::ListNodes(grpc::CallbackServerContext* context,
                                                const proto::ListNodesRequest*,
                                                proto::ListNodesResponse* response) {
    using Call = rpc::UnaryCall<proto::ListNodesResponse>;
    return Call::accept(context, response, mailbox_.sender(),
                        [this](const auto& call) { call->answer(list_nodes(nodes_)); });
}

proto::ListBlocksResponse RpcService::list(std::size_t count) const {
    proto::ListBlocksResponse response;
    for (const auto* entry : spool_.solutions().newest(std::min(count, page_size_max)))
        *response.add_blocks() = to_proto(*entry);
    return response;
}

}  // namespace templates
