#include "rpc/target_link.h"

#include <adit/vardiff/v1/vardiff.grpc.pb.h>

#include <utility>

#include "rpc/channel.h"
#include "rpc/grpc_stream_call.h"

namespace rpc {

namespace {

namespace proto = adit::vardiff::v1;

class GrpcTargetLink final : public TargetLink {
  public:
    GrpcTargetLink(boost::asio::io_context& loop, const std::string& address)
        : loop_(loop), stub_(proto::VardiffService::NewStub(dial(address))) {}

    std::unique_ptr<Watch> watch(const proto::WatchTargetsRequest& request,
                                 Watch::Handlers handlers) override {
        return std::make_unique<
            GrpcStreamCall<proto::WatchTargetsRequest, proto::WatchTargetsResponse>>(
            loop_, request,
            [this](auto* context, const auto* asked, auto* reactor) {
                stub_->async()->WatchTargets(context, asked, reactor);
            },
            std::move(handlers));
    }

  private:
    boost::asio::io_context& loop_;
    std::unique_ptr<proto::VardiffService::Stub> stub_;
};

}  // namespace

DialTargets grpc_target_links(boost::asio::io_context& loop) {
    return [&loop](const std::string& address) {
        return std::make_unique<GrpcTargetLink>(loop, address);
    };
}

}  // namespace rpc
