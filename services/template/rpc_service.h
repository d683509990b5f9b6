#pragma once

#include <adit/templates/v1/templates.grpc.pb.h>

#include <boost/asio/io_context.hpp>

#include "rpc/mailbox.h"
#include "template/feed.h"
#include "template/node_watch.h"
#include "template/spool.h"
#include "template/stream_hub.h"
#include "template/template_desk.h"

namespace templates {

/// The gRPC face. Its methods run on gRPC's threads and own nothing: they hand the call to the
/// loop, where it is answered.
class RpcService final : public adit::templates::v1::TemplateService::CallbackService {
  public:
    RpcService(boost::asio::io_context& loop, TemplateDesk& desk, Feed& feed, StreamHub& hub,
               Spool& spool, const NodeWatch& nodes)
        : desk_(desk), feed_(feed), hub_(hub), spool_(spool), nodes_(nodes), mailbox_(loop) {}

    grpc::ServerWriteReactor<adit::templates::v1::WatchTemplatesResponse>* WatchTemplates(
        grpc::CallbackServerContext* context,
        const adit::templates::v1::WatchTemplatesRequest* request) override;
    grpc::ServerUnaryReactor* GetTemplate(
        grpc::CallbackServerContext* context,
        const adit::templates::v1::GetTemplateRequest* request,
        adit::templates::v1::GetTemplateResponse* response) override;
    grpc::ServerUnaryReactor* SubmitSolution(
        grpc::CallbackServerContext* context,
        const adit::templates::v1::SubmitSolutionRequest* request,
        adit::templates::v1::SubmitSolutionResponse* response) override;
    grpc::ServerUnaryReactor* ListBlocks(
        grpc::CallbackServerContext* context, const adit::templates::v1::ListBlocksRequest* request,
        adit::templates::v1::ListBlocksResponse* response) override;
    grpc::ServerUnaryReactor* ResubmitBlock(
        grpc::CallbackServerContext* context,
        const adit::templates::v1::ResubmitBlockRequest* request,
        adit::templates::v1::ResubmitBlockResponse* response) override;
    grpc::ServerUnaryReactor* ListTemplates(
        grpc::CallbackServerContext* context,
        const adit::templates::v1::ListTemplatesRequest* request,
        adit::templates::v1::ListTemplatesResponse* response) override;
    grpc::ServerUnaryReactor* ListNodes(grpc::CallbackServerContext* context,
                                        const adit::templates::v1::ListNodesRequest* request,
                                        adit::templates::v1::ListNodesResponse* response) override;

  private:
    adit::templates::v1::ListBlocksResponse list(std::size_t count) const;

    TemplateDesk& desk_;
    Feed& feed_;
    StreamHub& hub_;
    Spool& spool_;
    const NodeWatch& nodes_;
    rpc::Mailbox mailbox_;
};

}  // namespace templates
