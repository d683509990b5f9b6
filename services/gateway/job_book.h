#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "gateway/channel.h"
#include "mining/custom_job.h"
#include "mining/ids.h"
#include "mining/payout.h"
#include "sv2/ids.h"

namespace gateway {

/// A job as it was sent on one connection: to a channel, or to a group for those who were members
/// then. What it is for one channel is the join of this with the channel's history (architecture
/// D1).
struct SentJob {
    enum class State : std::uint8_t {
        future,
        live,   ///< active, or superseded under the same tip
        stale,  ///< of an earlier tip, or a future job that was never activated
    };
    // In an order without gaps: a connection remembers some sixty of them.
    sv2::JobId id{};
    /// A channel's or a group's id.
    sv2::ChannelId scope{};
    mining::TemplateRef template_ref{};
    std::shared_ptr<const mining::PayoutOutputs> outputs{};
    mining::OutputsId outputs_id{};
    Moment sent_at{};
    Moment activated_at{};
    mining::Variant variant{};
    bool version_rolling_allowed{true};
    State state{State::future};
    /// Sent as a future job, for a SetNewPrevHash to activate.
    bool was_future{};
    /// A miner made it itself; JobBook::custom() has it.
    bool is_custom{};
};

/// A job as a miner set it, and its name.
struct CustomWork {
    mining::CustomJob job{};
    mining::CustomJobId id{};
};

/// The jobs of one connection, under ids from one counter (reference 8.20). Those of the two tips
/// before the current one are remembered, so that late shares can be judged; of older ones it is
/// only known that they are stale.
class JobBook {
  public:
    /// Gives the job the connection's next id. The reference lives until the next job is added.
    SentJob& add(SentJob job);
    SentJob& add(SentJob job, mining::CustomJob custom);

    /// Null for ids never given, or forgotten.
    const SentJob* find(sv2::JobId id) const;
    /// The id was given for a tip that is further back than what is remembered.
    bool is_forgotten(sv2::JobId id) const { return id.value != 0 && id.value < first_id_; }

    void activate(SentJob& job, Moment when) {
        job.state = SentJob::State::live;
        job.activated_at = when;
    }

    /// Every job there is goes stale, future ones too, and those of the third tip back are
    /// forgotten. Returns the moment before which no job that is left was sent.
    Moment start_tip(Moment now);

    std::size_t size() const { return jobs_.size(); }
    /// What a new tip touches of it, ahead of that.
    void prefetch() const;
    /// Null where the job is the pool's own.
    const CustomWork* custom(const SentJob& job) const;
    /// The bytes that miners' own jobs take.
    std::size_t custom_bytes() const { return custom_bytes_; }

  private:
    std::vector<SentJob> jobs_{};
    std::uint32_t first_id_{1};  // of jobs_.front(); 0 means nothing
    // How many jobs at the front are of the tip before the last, and before that one.
    std::size_t previous_tip_ends_{};
    std::size_t current_tip_begins_{};
    std::map<std::uint32_t, CustomWork> custom_{};  // by job id
    std::size_t custom_bytes_{};
};

}  // namespace gateway
