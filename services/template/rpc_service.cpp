#include "template/rpc_service.h"

#include <algorithm>

#include "base/log.h"
#include "bitcoin/header.h"
#include "rpc/template_codec.h"
#include "template/block_builder.h"
#include "template/node_list.h"
#include "template/template_list.h"

namespace templates {
namespace {

namespace proto = adit::templates::v1;

constexpr std::size_t page_size_default = 100;
constexpr std::size_t page_size_max = 1000;
// What a channel may be opened with (Sv2 5.3.2, STR0_255).
constexpr std::size_t user_identity_size_max = 255;

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

proto::SubmitSolutionResponse stored(const bitcoin::BlockHash& hash, bool already_known) {
    proto::SubmitSolutionResponse response;
    response.set_block_hash(rpc::write_uint256(hash.value));
    response.set_already_known(already_known);
    return response;
}

proto::GetTemplateResponse to_proto(const HeldTemplate& held, bool with_transactions) {
    proto::GetTemplateResponse response;
    *response.mutable_block_template() = rpc::to_proto(held.block_template);
    if (with_transactions)
        for (const auto& transaction : *held.transactions)
            response.add_transactions(base::to_string(transaction->bytes));
    return response;
}

grpc::Status unknown_template() {
    return {grpc::StatusCode::NOT_FOUND, "this replica holds no such template"};
}

grpc::Status no_transactions() {
    return {grpc::StatusCode::FAILED_PRECONDITION,
            "this replica has not got the template's transactions yet"};
}

}  // namespace

grpc::ServerWriteReactor<proto::WatchTemplatesResponse>* RpcService::WatchTemplates(
    grpc::CallbackServerContext*, const proto::WatchTemplatesRequest* request) {
    return StreamHub::Stream::accept(mailbox_.sender(),
                                     [this, asked = *request](const auto& stream) {
                                         hub_.subscribe(stream, asked, feed_.store());
                                     });
}

grpc::ServerUnaryReactor* RpcService::GetTemplate(grpc::CallbackServerContext* context,
                                                  const proto::GetTemplateRequest* request,
                                                  proto::GetTemplateResponse* response) {
    using Call = rpc::UnaryCall<proto::GetTemplateResponse>;
    return Call::accept(
        context, response, mailbox_.sender(), [this, asked = *request](const auto& call) {
            const auto* const held = feed_.store().find(mining::TemplateRef{asked.ref()});
            if (held == nullptr) return call->refuse(unknown_template());
            if (asked.with_transactions() && !held->transactions)
                return call->refuse(no_transactions());
            call->answer(to_proto(*held, asked.with_transactions()));
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

void RpcService::submit(const std::shared_ptr<SubmitCall>& call,
                        const proto::SubmitSolutionRequest& request) {
    const auto header = base::as_bytes(request.header());
    if (header.size() != bitcoin::header_size)
        return call->refuse(
            {grpc::StatusCode::INVALID_ARGUMENT, "the header does not have 80 bytes"});
    // What is on disk, or with a node, is known whether or not its template is still held.
    const mining::TemplateRef ref{request.template_ref()};
    const auto hash = bitcoin::header_hash(header.first<bitcoin::header_size>());
    const auto* const known = spool_.solutions().find(hash);
    const bool has_node = known && known->state.kind == BlockState::Kind::accepted;
    if (known && (known->is_on_disk || (has_node && feed_.store().find(ref) == nullptr)))
        return call->answer(stored(hash, true));
    feed_.fetch(ref,
                [this, call, request](const HeldTemplate* held) { build(call, request, held); });
}

void RpcService::build(const std::shared_ptr<SubmitCall>& call,
                       const proto::SubmitSolutionRequest& request, const HeldTemplate* held) {
    if (held == nullptr) return call->refuse(unknown_template());
    if (!held->transactions) return call->refuse(no_transactions());
    const auto header = base::as_bytes(request.header());
    const auto hash = bitcoin::header_hash(header.first<bitcoin::header_size>());
    const auto ref = held->block_template.ref;
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
                 .value_sat = built->value_sat,
                 .user_identity = request.user_identity().substr(0, user_identity_size_max),
                 .bytes = std::move(built->bytes)},
                held->origin, [call, hash](const auto& result) {
                    if (result)
                        call->answer(stored(hash, result->already_known));
                    else
                        call->refuse({grpc::StatusCode::UNAVAILABLE, result.error()});
                });
}

proto::ListBlocksResponse RpcService::list(std::size_t count) const {
    proto::ListBlocksResponse response;
    for (const auto* entry : spool_.solutions().newest(std::min(count, page_size_max)))
        *response.add_blocks() = to_proto(*entry);
    return response;
}

}  // namespace templates
