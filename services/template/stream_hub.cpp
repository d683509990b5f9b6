#include "template/stream_hub.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"
#include "mining/job.h"
#include "rpc/template_codec.h"

namespace templates {
namespace {

namespace proto = adit::templates::v1;

proto::WatchTemplatesResponse event(const mining::BlockTemplate& block_template) {
    proto::WatchTemplatesResponse response;
    *response.mutable_block_template() = rpc::to_proto(block_template);
    return response;
}

std::vector<proto::WatchTemplatesResponse> snapshot(const TemplateStore& store) {
    std::vector<proto::WatchTemplatesResponse> responses;
    for (const auto& [ref, held] : store.all()) responses.push_back(event(held.block_template));
    responses.emplace_back().mutable_snapshot_end()->set_current_ref(
        store.current()->block_template.ref.value);
    return responses;
}

}  // namespace

void StreamHub::subscribe(const std::shared_ptr<Stream>& stream,
                          const proto::WatchTemplatesRequest& request, const TemplateStore& store) {
    const auto& versions = request.derivation_versions();
    if (std::find(versions.begin(), versions.end(), mining::derivation_version) == versions.end())
        return stream->finish({grpc::StatusCode::FAILED_PRECONDITION,
                               "the subscriber does not know derivation version " +
                                   std::to_string(mining::derivation_version)});
    if (store.current() == nullptr)
        return stream->finish({grpc::StatusCode::UNAVAILABLE, "no node has given a template yet"});
    if (streams_.size() >= limits_.subscribers_max)
        return stream->finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many subscribers"});
    auto* const key = stream.get();
    streams_.emplace(key, stream);
    metrics_.subscribers.set(static_cast<double>(streams_.size()));
    base::log_debug("subscribed", {{"subscriber", request.subscriber()}});
    stream->begin(snapshot(store), limits_.queue_max, [this, key] {
        streams_.erase(key);
        metrics_.subscribers.set(static_cast<double>(streams_.size()));
    });
}

void StreamHub::publish(const mining::BlockTemplate& block_template) {
    const auto response = event(block_template);
    const auto streams = streams_;  // who is too slow leaves the map meanwhile
    for (const auto& [key, stream] : streams) stream->push(response);
    metrics_.slow_subscribers.add(streams.size() - streams_.size());
}

void StreamHub::publish_backlog() {
    std::size_t deepest = 0;
    for (const auto& [key, stream] : streams_) deepest = std::max(deepest, stream->queue_depth());
    metrics_.subscriber_backlog.set(static_cast<double>(deepest));
}

void StreamHub::close() {
    for (const auto& [key, stream] : std::exchange(streams_, {}))
        stream->finish({grpc::StatusCode::UNAVAILABLE, "the service stops"});
}

}  // namespace templates
