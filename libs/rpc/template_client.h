#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "bitcoin/header.h"
#include "bitcoin/target.h"
#include "mining/block_template.h"
#include "rpc/backoff.h"
#include "rpc/replica_set.h"
#include "rpc/template_cache.h"

namespace rpc {

class TemplateLink;
using DialTemplates = std::function<std::unique_ptr<TemplateLink>(const std::string& address)>;

/// A solved block, as it goes to the template service.
struct Solution {
    mining::TemplateRef template_ref{};
    bitcoin::HeaderBytes header{};
    /// Whole, with its witness when the template is segwit.
    base::Bytes coinbase_tx{};
    mining::ChannelKey channel{};
    std::string user_identity{};  ///< the channel's, for the record
};

/// The solution is on a replica's disk, or its node has it.
struct SolutionStored {
    bitcoin::BlockHash block_hash{};
    bool already_known{};
};

enum class SolutionError {
    unavailable,       ///< no replica confirmed, and one may later: try again
    unknown_template,  ///< no replica holds the template; one that starts may, soon
    /// A replica holds the template and not its transactions, which may come; no other has both.
    incomplete_template,
    not_a_block,  ///< a replica that holds the template refuses it: trying again is useless
};

enum class FetchError {
    unavailable,  ///< a replica did not answer, and may have it
    unknown,      ///< every replica has answered that it does not
};

/// The way to the template service: subscribes to all of its replicas, keeps every template of the
/// recent tips, of any epoch, and hands out the newest.
///
/// Owned and called by the loop; handlers run on it and must not destroy the client.
class TemplateClient {
  public:
    struct Options {
        std::vector<std::string> replicas{};  ///< to begin with, see set_replicas()
        std::string subscriber{};             ///< who we are, for their log
        TemplateCache::Limits limits{};
        /// A disk that does not answer for so long is as good as gone; another replica may be well.
        std::chrono::milliseconds submit_deadline{5000};
        /// Of a template that is asked for by name: it lies in a replica's memory.
        std::chrono::milliseconds fetch_deadline{1000};
        Backoff::Limits backoff{};
    };
    using OnTemplate = std::function<void(const mining::BlockTemplate&)>;
    using OnSubmitted = std::function<void(base::Result<SolutionStored, SolutionError>)>;

    using OnFetched = std::function<void(base::Result<mining::BlockTemplate, FetchError>)>;

    /// Over gRPC.
    TemplateClient(boost::asio::io_context& loop, base::Random& random, Options options);
    /// Over what `dial` makes (template_link.h).
    TemplateClient(boost::asio::io_context& loop, base::Random& random, Options options,
                   DialTemplates dial);
    ~TemplateClient();

    /// `host:port` of each, whenever these change. A replica that is named no more is followed for
    /// as long as it streams. Not inside a handler.
    void set_replicas(const std::vector<std::string>& addresses);

    /// Begins to subscribe. `on_template` hears of each new current template.
    void start(OnTemplate on_template);

    /// The template to work on; null before the first. Valid until the loop's next turn.
    const mining::BlockTemplate* current() const;
    /// Null when it is not held (yet). Valid until the loop's next turn.
    const mining::BlockTemplate* find(mining::TemplateRef ref) const;

    /// Asks every replica for a template by its name. The callback fires once: at the first that
    /// has it, which is kept, or when all have answered, or did not in time. Errors: `unavailable`,
    /// `unknown`. Never inside this call.
    void fetch(mining::TemplateRef ref, OnFetched on_fetched);
    /// Keeps one that came another way; it is known, and not handed out.
    void keep(mining::BlockTemplate block_template) { cache_.insert(std::move(block_template)); }

    /// How many replicas have given a whole snapshot and stream on.
    std::size_t replicas_in_sync() const;

    /// Sends to every replica at once. The callback fires once, at the first confirmation from
    /// disk, or when all have failed. Errors: each enumerator;
    /// trying again is the caller's to do. Too many unanswered ones, and one while no replica is
    /// known, fail before this returns.
    void submit_solution(const Solution& solution, OnSubmitted on_submitted);

  private:
    class Replica;

    void on_cached(mining::TemplateRef ref);
    void sweep_soon();

    boost::asio::io_context& loop_;
    Options options_;
    TemplateCache cache_;
    OnTemplate on_template_{};
    ReplicaSet<Replica> replicas_;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace rpc
