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
using Response = proto::WatchTemplatesResponse;

Response event(const HeldTemplate& held) {
    Response response;
    *response.mutable_block_template() = rpc::to_proto(held.block_template);
    response.set_named_at_us(static_cast<std::uint64_t>(held.named_at.time_since_epoch().count()));
    return response;
}

std::vector<Response> parts(TransactionSender& sender, const HeldTemplate& held) {
    std::vector<Response> responses;
    for (auto& part : sender.parts_of(held))
        *responses.emplace_back().mutable_transaction_part() = std::move(part);
    return responses;
}

std::vector<Response> snapshot(const TemplateStore& store, TransactionSender* sender) {
    std::vector<Response> responses;
    for (const auto& [ref, held] : store.all()) {
        responses.push_back(event(held));
        if (sender == nullptr || !held.transactions) continue;
        auto more = parts(*sender, held);
        std::move(more.begin(), more.end(), std::back_inserter(responses));
    }
    const auto* const current = store.current();
    responses.emplace_back().mutable_snapshot_end()->set_current_ref(
        current == nullptr ? 0 : current->block_template.ref.value);
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
    if (subscribers_.size() >= limits_.subscribers_max)
        return stream->finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many subscribers"});
    const auto key = ++last_subscriber_;
    Subscriber subscriber{.stream = stream, .transactions = nullptr};
    if (request.with_transactions())
        subscriber.transactions = std::make_shared<TransactionSender>();
    subscribers_.emplace(key, subscriber);
    metrics_.subscribers.set(static_cast<double>(subscribers_.size()));
    base::log_debug("subscribed", {{"subscriber", request.subscriber()}});
    const auto queue_max = subscriber.transactions ? limits_.replica_queue_max : limits_.queue_max;
    stream->begin(snapshot(store, subscriber.transactions.get()), queue_max, [this, key] {
        subscribers_.erase(key);
        metrics_.subscribers.set(static_cast<double>(subscribers_.size()));
    });
}

void StreamHub::publish(const HeldTemplate& held) {
    const auto response = event(held);
    const auto subscribers = subscribers_;  // who is too slow leaves the map meanwhile
    for (const auto& [key, subscriber] : subscribers) subscriber.stream->push(response);
    if (held.transactions)
        for (const auto& [key, subscriber] : subscribers) send_transactions(subscriber, held);
    metrics_.slow_subscribers.add(subscribers.size() - subscribers_.size());
}

void StreamHub::publish_transactions(const HeldTemplate& held) {
    const auto subscribers = subscribers_;
    for (const auto& [key, subscriber] : subscribers) send_transactions(subscriber, held);
    metrics_.slow_subscribers.add(subscribers.size() - subscribers_.size());
}

void StreamHub::send_transactions(const Subscriber& subscriber, const HeldTemplate& held) {
    if (!subscriber.transactions) return;
    for (auto& response : parts(*subscriber.transactions, held))
        subscriber.stream->push(std::move(response));
}

void StreamHub::publish_backlog() {
    std::size_t deepest = 0;
    std::size_t bound = limits_.queue_max;
    for (const auto& [key, subscriber] : subscribers_) {
        const auto depth = subscriber.stream->queue_depth();
        const auto its_bound =
            subscriber.transactions ? limits_.replica_queue_max : limits_.queue_max;
        if (depth * bound <= deepest * its_bound) continue;
        deepest = depth;
        bound = its_bound;
    }
    metrics_.subscriber_backlog.set(static_cast<double>(deepest));
    metrics_.subscriber_queue.set(deepest, bound);
}

void StreamHub::close() {
    for (const auto& [key, subscriber] : std::exchange(subscribers_, {}))
        subscriber.stream->finish({grpc::StatusCode::UNAVAILABLE, "the service stops"});
}

}  // namespace templates
