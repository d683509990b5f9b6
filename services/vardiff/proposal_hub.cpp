#include "vardiff/proposal_hub.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"

namespace vardiff {
namespace {

using Response = adit::vardiff::v1::WatchTargetsResponse;

Response to_response(const Proposal& proposal) {
    Response response;
    response.mutable_proposal()->set_channel_key(proposal.channel.value);
    response.mutable_proposal()->set_target(base::to_string(proposal.target.value.as_bytes()));
    return response;
}

}  // namespace

ProposalHub::ProposalHub(std::optional<bitcoin::Target> target, InForce in_force, Limits limits,
                         service::Registry& metrics)
    : target_(target),
      in_force_(std::move(in_force)),
      limits_(limits),
      subscribers_(metrics.gauge("adit_vardiff_subscribers", "Open streams of targets")),
      queue_(metrics, "subscriber") {}

void ProposalHub::close() {
    for (const auto& [key, subscriber] : std::exchange(streams_, {}))
        subscriber.stream->finish({grpc::StatusCode::UNAVAILABLE, "the service stops"});
}

void ProposalHub::publish_backlog() {
    std::size_t deepest = 0;
    for (const auto& [key, subscriber] : streams_)
        deepest = std::max(deepest, subscriber.stream->queue_depth());
    queue_.set(deepest, limits_.queue_max);
}

void ProposalHub::subscribe(const std::shared_ptr<Stream>& stream, mining::Epoch gateway) {
    if (streams_.size() >= limits_.subscribers_max)
        return stream->finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many subscribers"});
    std::vector<Response> snapshot;
    if (target_) snapshot.push_back(to_response({.channel = {}, .target = *target_}));
    for (const auto& proposal : in_force_(gateway)) snapshot.push_back(to_response(proposal));
    snapshot.emplace_back().mutable_snapshot_end();
    const auto key = ++last_stream_;
    streams_.emplace(key, Subscriber{stream, gateway});
    subscribers_.set(static_cast<double>(streams_.size()));
    base::log_debug("subscribed", {{"gateway_epoch", gateway.value}});
    stream->begin(std::move(snapshot), limits_.queue_max, [this, key] {
        streams_.erase(key);
        subscribers_.set(static_cast<double>(streams_.size()));
    });
}

void ProposalHub::push(const Proposals& proposals) {
    for (const auto& proposal : proposals) {
        // A push may find a subscriber too slow, which ends its stream.
        std::vector<std::shared_ptr<Stream>> to;
        for (const auto& [key, subscriber] : streams_)
            if (subscriber.gateway == proposal.channel.epoch()) to.push_back(subscriber.stream);
        for (const auto& stream : to) stream->push(to_response(proposal));
    }
}

}  // namespace vardiff
