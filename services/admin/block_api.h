#pragma once

#include <adit/admin/v1/block.grpc.pb.h>

#include "admin/api_parts.h"
#include "admin/service_methods.h"

namespace admin {

using BlockMethods =
    ServiceMethods<proto::BlockService::Service, proto::BlockService::WithCallbackMethod_GetBlock,
                   proto::BlockService::WithCallbackMethod_ListBlocks,
                   proto::BlockService::WithRawCallbackMethod_WatchBlocks,
                   proto::BlockService::WithCallbackMethod_ResubmitBlock,
                   proto::BlockService::WithCallbackMethod_GetTemplate,
                   proto::BlockService::WithCallbackMethod_ListTemplates,
                   proto::BlockService::WithCallbackMethod_GetNode,
                   proto::BlockService::WithCallbackMethod_ListNodes,
                   proto::BlockService::WithRawCallbackMethod_WatchNodes>::type;

/// BlockService. Its methods run on gRPC's threads, which hand each call to the loop.
class BlockApi final : public BlockMethods {
  public:
    explicit BlockApi(const ApiParts& parts) : parts_(parts) {}

    grpc::ServerUnaryReactor* GetBlock(grpc::CallbackServerContext* context,
                                       const proto::GetBlockRequest* request,
                                       proto::GetBlockResponse* response) override;
    grpc::ServerUnaryReactor* ListBlocks(grpc::CallbackServerContext* context,
                                         const proto::ListBlocksRequest* request,
                                         proto::ListBlocksResponse* response) override;
    WatchStream::Reactor* WatchBlocks(grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request) override;
    grpc::ServerUnaryReactor* GetTemplate(grpc::CallbackServerContext* context,
                                          const proto::GetTemplateRequest* request,
                                          proto::GetTemplateResponse* response) override;
    grpc::ServerUnaryReactor* ListTemplates(grpc::CallbackServerContext* context,
                                            const proto::ListTemplatesRequest* request,
                                            proto::ListTemplatesResponse* response) override;
    grpc::ServerUnaryReactor* GetNode(grpc::CallbackServerContext* context,
                                      const proto::GetNodeRequest* request,
                                      proto::GetNodeResponse* response) override;
    grpc::ServerUnaryReactor* ListNodes(grpc::CallbackServerContext* context,
                                        const proto::ListNodesRequest* request,
                                        proto::ListNodesResponse* response) override;
    WatchStream::Reactor* WatchNodes(grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request) override;

    grpc::ServerUnaryReactor* ResubmitBlock(grpc::CallbackServerContext* context,
                                            const proto::ResubmitBlockRequest* request,
                                            proto::ResubmitBlockResponse* response) override;

  private:
    void resubmit(const std::string& hash, const proto::ResubmitBlockRequest& request,
                  std::function<void(ApiResult<proto::ResubmitBlockResponse>)> done);

    const ApiParts& parts_;
};

}  // namespace admin
