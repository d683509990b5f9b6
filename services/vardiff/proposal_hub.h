#pragma once

#include <adit/vardiff/v1/vardiff.pb.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "bitcoin/target.h"
#include "rpc/response_stream.h"
#include "service/metrics.h"
#include "service/queue_gauges.h"
#include "vardiff/channel_book.h"

namespace vardiff {

/// Tells gateways the proposals in force, and keeps their streams for those to come. Of the loop;
/// streams come from gRPC's threads by way of it.
class ProposalHub {
  public:
    using Stream = rpc::ResponseStream<adit::vardiff::v1::WatchTargetsResponse>;
    /// What is in force for the channels of a gateway.
    using InForce = std::function<Proposals(mining::Epoch)>;

    struct Limits {
        std::size_t queue_max = 4096;       ///< proposals a subscriber may be behind
        std::size_t subscribers_max = 256;  ///< gateways, with room
    };

    /// `target` is proposed for every channel; nothing proposes only what push() is told.
    ProposalHub(std::optional<bitcoin::Target> target, InForce in_force, Limits limits,
                service::Registry& metrics);
    ~ProposalHub() { close(); }
    ProposalHub(const ProposalHub&) = delete;
    ProposalHub& operator=(const ProposalHub&) = delete;

    void subscribe(const std::shared_ptr<Stream>& stream, mining::Epoch gateway);
    /// Each to the gateway that has its channel.
    void push(const Proposals& proposals);
    /// Says how far the slowest subscriber is behind.
    void publish_backlog();
    /// Ends all streams: the service stops.
    void close();

  private:
    struct Subscriber {
        std::shared_ptr<Stream> stream{};
        mining::Epoch gateway{};
    };

    std::optional<bitcoin::Target> target_;
    InForce in_force_;
    Limits limits_;
    service::Gauge& subscribers_;
    service::QueueGauges queue_;
    std::map<std::uint64_t, Subscriber> streams_{};  // in the order in which they came
    std::uint64_t last_stream_ = 0;
};

}  // namespace vardiff
