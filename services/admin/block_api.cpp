#include "admin/block_api.h"

#include "admin/list_call.h"

namespace admin {

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

}  // namespace admin
