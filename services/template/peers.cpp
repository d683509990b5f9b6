#include "template/peers.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "mining/job.h"
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
         const std::string& address, std::unique_ptr<rpc::TemplateLink> link)
        : peers_(peers),
          address_(address),
          receiver_(peers.feed_.pool()),
          link_(std::move(link)),
          stream_(
              loop, random, address, watch_request(),
              [this](const auto& request, auto handlers) {
                  return link_->watch(request, std::move(handlers));
              },
              {.on_begin = [this] { receiver_ = TransactionReceiver{peers_.feed_.pool()}; },
               .on_response = [this](const auto& response) { return on_response(response); },
               .on_end =
                   [this](const grpc::Status&) {
                       if (std::exchange(is_in_sync_, false)) peers_.on_lost_();
                       peers_.show();
                       peers_.sweep_soon();
                   }},
              backoff) {}

    void start() { stream_.start(); }
    const std::string& address() const { return address_; }
    bool is_in_sync() const { return is_in_sync_; }
    bool is_needed() const { return is_in_sync_; }

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
    std::unique_ptr<rpc::TemplateLink> link_;
    Stream stream_;
};

Peers::Peers(boost::asio::io_context& loop, base::Random& random, Feed& feed, Metrics& metrics,
             rpc::DialTemplates dial, std::function<void()> on_lost)
    : feed_(feed),
      metrics_(metrics),
      on_lost_(std::move(on_lost)),
      loop_(loop),
      peers_([this, &loop, &random, dial = std::move(dial)](const std::string& address) {
          return std::make_unique<Peer>(*this, loop, random, address, dial(address));
      }) {}

Peers::~Peers() = default;

void Peers::set(const std::vector<std::string>& addresses) {
    peers_.set(addresses);
    metrics_.peers_configured.set(static_cast<double>(addresses.size()));
}

void Peers::start() {
    peers_.start();
}

// A peer tells of it in a handler of its own, in which it cannot go.
void Peers::sweep_soon() {
    boost::asio::post(loop_, [this, alive = std::weak_ptr{is_alive_}] {
        if (!alive.expired()) peers_.sweep();
    });
}

void Peers::show() const {
    std::size_t in_sync = 0;
    peers_.for_each([&](const Peer& peer) {
        if (peer.is_in_sync()) ++in_sync;
    });
    metrics_.peers_in_sync.set(static_cast<double>(in_sync));
}

}  // namespace templates
