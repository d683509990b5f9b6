#pragma once

#include <adit/vardiff/v1/vardiff.grpc.pb.h>

#include <boost/asio/io_context.hpp>
#include <functional>

#include "rpc/mailbox.h"
#include "rpc/unary_call.h"
#include "vardiff/policy_keeper.h"
#include "vardiff/proposal_hub.h"

namespace vardiff {

/// What gateways and operators ask. Its methods run on gRPC's threads, which hand each call to the
/// loop; all else is the loop's.
class RpcService final : public adit::vardiff::v1::VardiffService::CallbackService {
  public:
    /// The channel as this replica knows it, or null.
    using FindChannel = std::function<const ChannelTrack*(mining::ChannelKey)>;

    RpcService(boost::asio::io_context& loop, ProposalHub& hub, PolicyKeeper& policies,
               FindChannel find_channel)
        : hub_(hub), policies_(policies), find_channel_(std::move(find_channel)), mailbox_(loop) {}

    grpc::ServerWriteReactor<adit::vardiff::v1::WatchTargetsResponse>* WatchTargets(
        grpc::CallbackServerContext* context,
        const adit::vardiff::v1::WatchTargetsRequest* request) override;
    grpc::ServerUnaryReactor* GetPolicy(grpc::CallbackServerContext* context,
                                        const adit::vardiff::v1::GetPolicyRequest* request,
                                        adit::vardiff::v1::GetPolicyResponse* response) override;
    grpc::ServerUnaryReactor* SetPolicy(grpc::CallbackServerContext* context,
                                        const adit::vardiff::v1::SetPolicyRequest* request,
                                        adit::vardiff::v1::SetPolicyResponse* response) override;
    grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* context,
                                      const adit::vardiff::v1::ExplainRequest* request,
                                      adit::vardiff::v1::ExplainResponse* response) override;

  private:
    ProposalHub& hub_;
    PolicyKeeper& policies_;
    FindChannel find_channel_;
    rpc::Mailbox mailbox_;
};

}  // namespace vardiff
