#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "translator/aggregate_metrics.h"
#include "translator/aggregate_settings.h"
#include "translator/channels.h"
#include "translator/extranonce_indices.h"
#include "translator/forwarded_shares.h"
#include "translator/local_vardiff.h"
#include "translator/slot.h"
#include "translator/update_debounce.h"
#include "translator/upstream_jobs.h"

namespace translator {

/// Many miners on one channel of the pool's (reference 6.7). A miner's channel is a slot: a number
/// of its own behind the pool's extranonce_prefix, the pool's jobs, and a target that follows its
/// own shares. Only shares that meet the channel's target go to the pool and get its verdict; those
/// that meet the miner's alone have served their purpose and are accepted here.
///
/// Owned by main, which keeps what it is made of alive; all on one loop. The channel is opened at
/// once, with OpenTerms::user empty: the pool's own user_identity has no placeholders here.
class AggregateChannels final : public Channels, private ChannelListener {
  public:
    /// `wake` asks for a turn(), on the loop's next turn; it is called again only after that.
    AggregateChannels(Channels& upstream, const AggregateSettings& settings,
                      const base::Clock& clock, AggregateMetrics& metrics,
                      std::function<void()> wake);
    ~AggregateChannels() override;
    AggregateChannels(const AggregateChannels&) = delete;
    AggregateChannels& operator=(const AggregateChannels&) = delete;

    ChannelHandle open(const OpenTerms& terms, ChannelListener& listener) override;
    void update(ChannelHandle channel, double nominal_hash_rate_hps,
                const bitcoin::Target& max_target) override;
    void close(ChannelHandle channel) override;
    std::optional<ShareTicket> submit(ChannelHandle channel, const ChannelShare& share) override;
    /// Of shares that go to the pool.
    std::optional<base::SteadyTime::duration> verdict_time(ChannelHandle channel) const override;
    std::optional<std::size_t> extranonce_size() const override;
    bool is_served() const override;
    base::SteadyTime unserved_since() const override;

    /// What is due to listeners.
    void turn();
    /// Once a second: silence, targets, what the pool is told.
    void tick();

    std::size_t miners() const { return slots_.size(); }

  private:
    struct LocalVerdict {
        ChannelHandle miner{};
        ShareTicket ticket{};
        Verdict verdict{};
        std::string_view code{};  ///< a literal
    };

    // Of the pool's channel.
    void on_terms(const ChannelTerms& terms) override;
    void on_job(const ActiveJob& job) override;
    void on_verdict(ShareTicket ticket, Verdict verdict, std::string_view code) override;
    void on_interrupted() override;
    void on_refused(std::string_view code) override;

    void open_upstream();
    /// After a refusal: less is asked for from now on, which may not be refused.
    bool asks_for_less(std::string_view code);
    Demand demand();
    void want_turn();
    void advance_targets();
    bool is_silent_as_a_whole() const;

    void welcome(ChannelHandle miner);
    void refuse(ChannelHandle miner, std::string_view code);
    void interrupt_all();
    void issue(Slot& slot, const UpstreamJobs::Entry& entry, bool is_clean);
    void reissue_if_due(Slot& slot);
    /// Its next job would have another target than its last.
    bool awaits_job(Slot& slot);
    void reissue_soon(Slot& slot);
    std::optional<ShareTicket> forward(Slot& slot, const UpstreamJobs::Entry& entry,
                                       const ChannelShare& share);
    void give_up(const ForwardedShares::Share& share);
    ShareTicket answer_here(Slot& slot, Verdict verdict, std::string_view code);

    Channels& upstream_;
    const AggregateSettings settings_;
    const VardiffTerms vardiff_;
    const base::Clock& clock_;
    AggregateMetrics& metrics_;
    std::function<void()> wake_;

    // The pool's channel. No handle while one that was refused is not asked for again.
    std::optional<ChannelHandle> handle_{};
    bool asks_for_limit_ = true;  // of its target, by what the miners' hash rates want
    base::SteadyTime refused_at_{};
    std::optional<ChannelTerms> terms_{};
    UpstreamJobs jobs_{};
    ForwardedShares forwarded_{};
    UpdateDebounce debounce_{};

    Slots slots_{};
    ExtranonceIndices indices_{0};
    double due_per_second_{};  // of all miners
    base::SteadyTime last_share_at_{};
    base::Bytes rolled_{};  // index and extranonce of the share in hand

    // For the next turn.
    bool is_turn_wanted_{};
    std::vector<ChannelHandle> to_welcome_{};
    std::vector<ChannelHandle> to_reissue_{};
    std::vector<LocalVerdict> to_answer_{};
};

}  // namespace translator
