#pragma once

#include <adit/vardiff/v1/vardiff.pb.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "rpc/stream_call.h"

namespace rpc {

/// The stream of targets of one vardiff replica. On the loop, see StreamCall.
class TargetLink {
  public:
    using Watch = StreamCall<adit::vardiff::v1::WatchTargetsResponse>;

    virtual ~TargetLink() = default;
    TargetLink(const TargetLink&) = delete;
    TargetLink& operator=(const TargetLink&) = delete;

    virtual std::unique_ptr<Watch> watch(const adit::vardiff::v1::WatchTargetsRequest& request,
                                         Watch::Handlers handlers) = 0;

  protected:
    TargetLink() = default;
};

using DialTargets = std::function<std::unique_ptr<TargetLink>(const std::string& address)>;

/// Over gRPC, see dial().
DialTargets grpc_target_links(boost::asio::io_context& loop);

}  // namespace rpc
