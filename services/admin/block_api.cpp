#include "admin/block_api.h"

#include <adit/templates/v1/templates.grpc.pb.h>

#include <algorithm>

#include "admin/list_call.h"
#include "admin/mutation_call.h"
#include "bitcoin/uint256.h"
#include "rpc/template_codec.h"

namespace admin {
namespace {

namespace templates = adit::templates::v1;

/// 32 bytes in header order.
ApiResult<std::string> hash_of(const std::string& name) {
    const auto variables = parse_name(names::block, name);
    if (!variables) return base::unexpected(variables.error());
    const auto hash = bitcoin::Uint256::from_be_hex(variables->front());
    if (!hash)
        return base::unexpected(ApiError{Reason::invalid_name,
                                         "a block's name ends with its hash, 64 hexadecimal digits",
                                         {{"field", "name"}, {"form", std::string{names::block}}}});
    return rpc::write_uint256(*hash);
}

}  // namespace

grpc::ServerUnaryReactor* BlockApi::GetBlock(grpc::CallbackServerContext* context,
                                             const proto::GetBlockRequest* request,
                                             proto::GetBlockResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetBlockResponse>(parts_.view.blocks, names::block, asked.name(),
                                                &proto::GetBlockResponse::mutable_block);
    });
}

grpc::ServerUnaryReactor* BlockApi::ListBlocks(grpc::CallbackServerContext* context,
                                               const proto::ListBlocksRequest* request,
                                               proto::ListBlocksResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return list_rows(parts_.view.blocks, asked, &proto::ListBlocksResponse::mutable_blocks,
                         "find_time desc");
    });
}

grpc::ServerUnaryReactor* BlockApi::GetTemplate(grpc::CallbackServerContext* context,
                                                const proto::GetTemplateRequest* request,
                                                proto::GetTemplateResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetTemplateResponse>(parts_.view.templates, names::block_template,
                                                   asked.name(),
                                                   &proto::GetTemplateResponse::mutable_template_);
    });
}

grpc::ServerUnaryReactor* BlockApi::ListTemplates(grpc::CallbackServerContext* context,
                                                  const proto::ListTemplatesRequest* request,
                                                  proto::ListTemplatesResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return list_rows(parts_.view.templates, asked,
                         &proto::ListTemplatesResponse::mutable_templates, "create_time desc");
    });
}

grpc::ServerUnaryReactor* BlockApi::GetNode(grpc::CallbackServerContext* context,
                                            const proto::GetNodeRequest* request,
                                            proto::GetNodeResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return get_row<proto::GetNodeResponse>(parts_.view.nodes, names::node, asked.name(),
                                               &proto::GetNodeResponse::mutable_node);
    });
}

grpc::ServerUnaryReactor* BlockApi::ListNodes(grpc::CallbackServerContext* context,
                                              const proto::ListNodesRequest* request,
                                              proto::ListNodesResponse* response) {
    return parts_.gate.read(context, request, response, [this](const auto& asked) {
        return list_rows(parts_.view.nodes, asked, &proto::ListNodesResponse::mutable_nodes);
    });
}

WatchStream::Reactor* BlockApi::WatchBlocks(grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request) {
    return parts_.watches.watch<proto::WatchBlocksRequest, proto::WatchBlocksResponse>(
        context, request, parts_.view.blocks);
}

WatchStream::Reactor* BlockApi::WatchNodes(grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request) {
    return parts_.watches.watch<proto::WatchNodesRequest, proto::WatchNodesResponse>(
        context, request, parts_.view.nodes);
}

grpc::ServerUnaryReactor* BlockApi::ResubmitBlock(grpc::CallbackServerContext* context,
                                                  const proto::ResubmitBlockRequest* request,
                                                  proto::ResubmitBlockResponse* response) {
    return parts_.gate.ask(context, request, response, Role::operating, [this](const auto& call) {
        const auto hash = hash_of(call->request().name());
        if (!hash) return call->refuse(to_status(hash.error()));
        mutate(parts_.mutations, call, "ResubmitBlock",
               [this, hash = *hash](const auto& asked, auto done) {
                   resubmit(hash, asked, std::move(done));
               });
    });
}

void BlockApi::resubmit(const std::string& hash, const proto::ResubmitBlockRequest& request,
                        std::function<void(ApiResult<proto::ResubmitBlockResponse>)> done) {
    templates::ResubmitBlockRequest asked;
    asked.set_block_hash(hash);
    // Each replica has those blocks in its spool that were given to it.
    ask_all<templates::TemplateService, templates::ResubmitBlockRequest,
            templates::ResubmitBlockResponse>(
        parts_.processes, parts_.gate.to_loop(), services_of(parts_.view, "template"), asked,
        [](auto& async, auto... args) { async.ResubmitBlock(args...); },
        [this, name = request.name(), done = std::move(done)](auto answers) {
            proto::ResubmitBlockResponse response;
            response.set_replicas(static_cast<std::uint32_t>(std::ranges::count_if(
                answers, [](const auto& answer) { return answer.has_value(); })));
            auto resubmitted = best_of(std::move(answers), not_found(name));
            if (!resubmitted) return done(base::unexpected(resubmitted.error()));
            response.mutable_block()->set_name(name);
            if (const auto* const row = parts_.view.blocks.find(name))
                *response.mutable_block() = *row;
            done(std::move(response));
        });
}

}  // namespace admin
