#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "template/metrics.h"
#include "template/stream_hub.h"
#include "template/template_store.h"

namespace templates {

/// What comes from the source, named and kept, on its way to the subscribers. Templates have no
/// names before the epoch is there; until then the last candidate waits. Owned by the loop.
class Feed {
  public:
    Feed(const base::Clock& clock, StreamHub& hub, Metrics& metrics,
         TemplateStore::Limits limits = {})
        : clock_(clock), hub_(hub), metrics_(metrics), store_(limits) {}

    /// Called when the first template is streamed.
    void on_first(std::function<void()> heard) { on_first_ = std::move(heard); }
    /// Called when the epoch has no more names: the service must start anew.
    void on_exhausted(std::function<void()> heard) { on_exhausted_ = std::move(heard); }

    /// Called when the store has another template to hand out, or more transactions.
    void on_change(std::function<void()> heard) { on_change_ = std::move(heard); }

    void begin_epoch(mining::Epoch epoch);
    void on_candidate(NodeIndex node, Candidate candidate);
    /// Of the candidate that the node named so; a candidate without them cannot be built.
    void on_transactions(Origin origin, const Transactions& transactions);

    const TemplateStore& store() const { return store_; }
    /// Since the source last gave a candidate; zero before the first.
    std::chrono::duration<double> age() const;

  private:
    const base::Clock& clock_;
    StreamHub& hub_;
    Metrics& metrics_;
    TemplateStore store_;
    bool has_epoch_ = false;
    std::optional<std::pair<Origin, Candidate>> waiting_{};
    std::optional<base::SteadyTime> confirmed_at_{};
    std::function<void()> on_first_ = [] {};
    std::function<void()> on_exhausted_ = [] {};
    std::function<void()> on_change_ = [] {};
};

}  // namespace templates
