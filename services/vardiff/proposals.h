#pragma once

#include <adit/vardiff/v1/vardiff.grpc.pb.h>

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>

#include "bitcoin/target.h"
#include "rpc/mailbox.h"
#include "rpc/server_stream.h"
#include "service/metrics.h"

namespace vardiff {

/// Tells gateways the proposals in force, and keeps their streams for those to come. Its method
/// runs on gRPC's threads, which hand the stream to the loop; all else is the loop's.
class Proposals final : public adit::vardiff::v1::VardiffService::CallbackService {
  public:
    struct Limits {
        std::size_t queue_max = 4096;       ///< proposals a subscriber may be behind
        std::size_t subscribers_max = 256;  ///< gateways, with room
    };

    /// `target` is proposed for every channel; nothing proposes nothing.
    Proposals(boost::asio::io_context& loop, std::optional<bitcoin::Target> target, Limits limits,
              service::Registry& metrics);
    ~Proposals() override { close(); }

    /// Ends all streams: the service stops.
    void close();

    grpc::ServerWriteReactor<adit::vardiff::v1::WatchTargetsResponse>* WatchTargets(
        grpc::CallbackServerContext* context,
        const adit::vardiff::v1::WatchTargetsRequest* request) override;

  private:
    using Stream = rpc::ServerStream<adit::vardiff::v1::WatchTargetsResponse>;

    void subscribe(const std::shared_ptr<Stream>& stream, std::uint64_t gateway_epoch);

    std::optional<bitcoin::Target> target_;
    Limits limits_;
    service::Gauge& subscribers_;
    std::map<Stream*, std::shared_ptr<Stream>> streams_{};
    rpc::Mailbox mailbox_;
};

}  // namespace vardiff
