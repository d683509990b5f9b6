#include "vardiff/proposals.h"

#include <utility>
#include <vector>

#include "base/log.h"

namespace vardiff {

namespace proto = adit::vardiff::v1;

Proposals::Proposals(boost::asio::io_context& loop, std::optional<bitcoin::Target> target,
                     Limits limits, service::Registry& metrics)
    : target_(target),
      limits_(limits),
      subscribers_(metrics.gauge("adit_vardiff_subscribers", "Open streams of targets")),
      mailbox_(loop) {}

void Proposals::close() {
    for (const auto& [key, stream] : std::exchange(streams_, {}))
        stream->finish({grpc::StatusCode::UNAVAILABLE, "the service stops"});
}

grpc::ServerWriteReactor<proto::WatchTargetsResponse>* Proposals::WatchTargets(
    grpc::CallbackServerContext*, const proto::WatchTargetsRequest* request) {
    return Stream::accept(mailbox_.sender(), [this, epoch = request->gateway_epoch()](
                                                 const auto& stream) { subscribe(stream, epoch); });
}

void Proposals::subscribe(const std::shared_ptr<Stream>& stream, std::uint64_t gateway_epoch) {
    if (streams_.size() >= limits_.subscribers_max)
        return stream->finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many subscribers"});
    std::vector<proto::WatchTargetsResponse> snapshot;
    if (target_) {
        auto& proposal = *snapshot.emplace_back().mutable_proposal();
        proposal.set_channel_key(0);
        proposal.set_target(base::to_string(target_->value.as_bytes()));
    }
    snapshot.emplace_back().mutable_snapshot_end();
    auto* const key = stream.get();
    streams_.emplace(key, stream);
    subscribers_.set(static_cast<double>(streams_.size()));
    base::log_debug("subscribed", {{"gateway_epoch", gateway_epoch}});
    stream->begin(std::move(snapshot), limits_.queue_max, [this, key] {
        streams_.erase(key);
        subscribers_.set(static_cast<double>(streams_.size()));
    });
}

}  // namespace vardiff
