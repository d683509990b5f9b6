#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "template/archive.h"
#include "template/metrics.h"
#include "template/stream_hub.h"
#include "template/template_store.h"

namespace templates {

/// What comes from the nodes and from the other replicas, on its way to the subscribers. The leader
/// names what its nodes give; the others keep the last of theirs, so that they could lead at once,
/// and pass on what the leader gives. Owned by the loop.
class Feed {
  public:
    struct Settings {
        /// Stored, then streamed: so long a template waits for Redis at most.
        std::chrono::milliseconds store_wait{50};
        /// So long a replica does not lead with a lower block than the last: its node will have
        /// heard of that one by then, or knows better.
        std::chrono::milliseconds behind_max{5'000};
    };
    struct Callbacks {
        /// The first template of this process is there, whoever named it.
        std::function<void()> on_first = [] {};
        /// is_able() has changed.
        std::function<void()> on_ability = [] {};
        /// In another replica's stream.
        std::function<void(mining::Epoch)> on_epoch_seen = [](mining::Epoch) {};
        /// The epoch has no more names.
        std::function<void()> on_exhausted = [] {};
    };
    struct Fetched {
        const HeldTemplate* held{};  ///< null where it is not to be had; valid inside the call
        /// Redis or the disk did not answer: it may have the template, or the transactions that
        /// `held` lacks.
        bool may_be_had_later{};
    };
    using OnFetched = std::function<void(const Fetched&)>;

    Feed(boost::asio::io_context& loop, const base::Clock& clock, TemplateStore& store,
         StreamHub& hub, Archive& archive, Metrics& metrics, Settings settings);

    void start(Callbacks callbacks) { callbacks_ = std::move(callbacks); }
    /// Called when the store has another template to hand out, or more transactions.
    void on_change(std::function<void()> heard) { on_change_ = std::move(heard); }

    /// Whether any node can do its job.
    void on_node_state(bool is_usable);
    void on_candidate(NodeIndex node, Candidate candidate);
    /// Of the candidate that the node named so; a candidate without them cannot be built.
    void on_transactions(Origin origin, const Transactions& transactions);

    /// This replica could name and stream a template now.
    bool is_able() const;
    void begin_epoch(mining::Epoch epoch);
    void end_epoch();

    /// From another replica's stream.
    void on_relayed(HeldTemplate relayed);
    void on_relayed_transactions(mining::TemplateRef ref, TransactionList transactions);

    const TemplateStore& store() const { return store_; }
    TransactionPool& pool() { return store_.pool(); }
    /// One of the recent tips, with its transactions: from here, else from this replica's disk,
    /// else from Redis.
    void fetch(mining::TemplateRef ref, OnFetched on_fetched);
    /// The same without asking Redis.
    void fetch_here(mining::TemplateRef ref, OnFetched on_fetched);
    void publish_metrics() const;

  private:
    void name(const Origin& origin, Candidate candidate);
    void store_and_stream(const HeldTemplate& held, bool is_new_tip);
    void stream_waiting();
    void stream(const HeldTemplate& held);
    void note_current();
    void note_ability();

    const base::Clock& clock_;
    TemplateStore& store_;
    StreamHub& hub_;
    Archive& archive_;
    Metrics& metrics_;
    Settings settings_;
    Callbacks callbacks_{};
    std::function<void()> on_change_ = [] {};
    std::optional<std::pair<Origin, Candidate>> latest_{};  // of our nodes
    bool is_node_usable_ = false;
    bool is_leading_ = false;
    bool was_able_ = false;
    bool has_streamed_ = false;
    std::optional<mining::TemplateRef> waiting_{};  // for Redis
    boost::asio::steady_timer store_wait_;
    std::uint32_t height_ = 0;  // of the current template
    base::SteadyTime height_since_{};
    std::optional<base::SteadyTime> confirmed_at_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace templates
