#include "template/peers.h"

#include <adit/templates/v1/templates.grpc.pb.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "mining/job.h"
#include "rpc/channel.h"
#include "rpc/stream_client.h"
#include "rpc/template_codec.h"
#include "template/transaction_stream.h"

namespace templates {
namespace {

namespace proto = adit::templates::v1;
using Stream = rpc::StreamClient<proto::WatchTemplatesRequest, proto::WatchTemplatesResponse>;

// A replica that starts again is followed within a second: it may lead soon.
constexpr rpc::Backoff::Limits backoff{.first = std::chrono::milliseconds{50},
                                       .last = std::chrono::milliseconds{1000}};

proto::WatchTemplatesRequest watch_request() {
    proto::WatchTemplatesRequest request;
    request.add_derivation_versions(mining::derivation_version);
    request.set_subscriber("template");
    request.set_with_transactions(true);
    return request;
}

}  // namespace

class Peers::Peer {
  public:
    Peer(Peers& peers, boost::asio::io_context& loop, base::Random& random,
         const std::string& address)
        : peers_(peers),
          address_(address),
          receiver_(peers.feed_.pool()),
          stub_(proto::TemplateService::NewStub(rpc::dial(address))),
          stream_(
              loop, random, address, watch_request(),
              [this](auto* context, const auto* request, auto* reactor) {
                  stub_->async()->WatchTemplates(context, request, reactor);
              },
              {.on_begin = [this] { receiver_ = TransactionReceiver{peers_.feed_.pool()}; },
               .on_response = [this](const auto& response) { return on_response(response); },
               .on_end =
                   [this](const grpc::Status&) {
                       if (std::exchange(is_in_sync_, false)) peers_.on_lost_();
                       peers_.show();
                   }},
              backoff) {}

    void start() { stream_.start(); }
    bool is_in_sync() const { return is_in_sync_; }

  private:
    bool on_response(const proto::WatchTemplatesResponse& response) {
        if (response.has_snapshot_end()) {
            is_in_sync_ = true;
            peers_.show();
            return true;
        }
        if (response.has_transaction_part()) return on_part(response.transaction_part());
        auto block_template = rpc::from_proto(response.block_template());
        if (!block_template) return refuse(block_template.error());
        HeldTemplate held;
        held.block_template = std::move(*block_template);
        held.named_at = base::UnixMicros{
            std::chrono::microseconds{static_cast<std::int64_t>(response.named_at_us())}};
        peers_.feed_.on_relayed(std::move(held));
        return true;
    }

    bool on_part(const proto::TransactionPart& part) {
        auto complete = receiver_.take(part);
        if (!complete) return refuse(complete.error());
        if (*complete)
            peers_.feed_.on_relayed_transactions((*complete)->ref,
                                                 std::move((*complete)->transactions));
        return true;
    }

    bool refuse(std::string_view why) {
        base::log_error("a replica sent what is no template",
                        {{"replica", address_}, {"reason", why}});
        return false;
    }

    Peers& peers_;
    std::string address_;
    bool is_in_sync_ = false;
    TransactionReceiver receiver_;
    std::unique_ptr<proto::TemplateService::Stub> stub_;
    Stream stream_;
};

Peers::Peers(boost::asio::io_context& loop, base::Random& random, Feed& feed, Metrics& metrics,
             const std::vector<std::string>& addresses, std::function<void()> on_lost)
    : feed_(feed), metrics_(metrics), on_lost_(std::move(on_lost)) {
    for (const auto& address : addresses)
        peers_.push_back(std::make_unique<Peer>(*this, loop, random, address));
}

Peers::~Peers() = default;

void Peers::start() {
    for (const auto& peer : peers_) peer->start();
}

void Peers::show() const {
    metrics_.peers_in_sync.set(static_cast<double>(std::count_if(
        peers_.begin(), peers_.end(), [](const auto& peer) { return peer->is_in_sync(); })));
}

}  // namespace templates
