#pragma once

#include <adit/templates/v1/templates.pb.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "rpc/response_stream.h"
#include "template/metrics.h"
#include "template/template_store.h"
#include "template/transaction_stream.h"

namespace templates {

/// The subscribers to the templates: each gets what is held, then every new one. Whoever reads too
/// slowly is ended and asks again. Owned and called by the loop.
class StreamHub {
  public:
    using Stream = rpc::ResponseStream<adit::templates::v1::WatchTemplatesResponse>;

    struct Limits {
        std::size_t queue_max = 256;         ///< templates a subscriber may be behind
        std::size_t replica_queue_max = 32;  ///< with their transactions, of a megabyte each
        std::size_t subscribers_max = 1024;  ///< gateways and workers, with room
    };

    StreamHub(Limits limits, Metrics& metrics) : limits_(limits), metrics_(metrics) {}
    ~StreamHub() { close(); }
    StreamHub(const StreamHub&) = delete;
    StreamHub& operator=(const StreamHub&) = delete;

    /// Sends what `store` holds and keeps the stream, or ends it with a status that says why not.
    /// Other replicas get the transactions too.
    void subscribe(const std::shared_ptr<Stream>& stream,
                   const adit::templates::v1::WatchTemplatesRequest& request,
                   const TemplateStore& store);

    /// A template that was not here before.
    void publish(const HeldTemplate& held);
    /// The transactions of one that was published without.
    void publish_transactions(const HeldTemplate& held);

    /// Says how far the slowest subscriber is behind.
    void publish_backlog();

    /// Ends all streams: the service stops.
    void close();

  private:
    struct Subscriber {
        std::shared_ptr<Stream> stream{};
        /// Of another replica; null for who needs no transactions.
        std::shared_ptr<TransactionSender> transactions{};
    };
    void send_transactions(const Subscriber& subscriber, const HeldTemplate& held);

    Limits limits_;
    Metrics& metrics_;
    std::map<std::uint64_t, Subscriber> subscribers_{};  // in the order in which they came
    std::uint64_t last_subscriber_ = 0;
};

}  // namespace templates
