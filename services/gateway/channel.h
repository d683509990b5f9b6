#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bitcoin/target.h"
#include "bus/batch.h"
#include "gateway/acknowledgement.h"
#include "mining/payout.h"
#include "mining/share.h"
#include "sv2/ids.h"

namespace gateway {

/// Counts what happens on one connection, so that "before" and "after" are plain comparisons.
using Moment = std::uint64_t;

/// The target that a channel had at each moment that a job of it may still ask about.
class TargetHistory {
  public:
    TargetHistory(Moment since, const bitcoin::Target& first) : changes_{{since, first}} {}

    const bitcoin::Target& current() const { return changes_.back().target; }
    /// The target in force at `when`; the first one for moments before it.
    const bitcoin::Target& at(Moment when) const;
    void change(Moment when, const bitcoin::Target& to) { changes_.push_back({when, to}); }
    /// Nobody will ask about moments before this any more.
    void forget_before(Moment when);

  private:
    struct Change {
        Moment since{};
        bitcoin::Target target{};
    };

  public:
    static constexpr std::size_t change_size = sizeof(Change);

  private:
    std::vector<Change> changes_;
};

/// An open mining channel of one connection.
struct Channel {
    bus::Channel info{};
    sv2::ChannelId id{};
    sv2::ChannelId group{};
    mining::Extranonce extranonce_prefix{};
    bitcoin::Target max_target{};
    TargetHistory targets;
    /// What vardiff wants and no job could carry yet.
    std::optional<bitcoin::Target> proposed{};
    /// A SetTarget has been sent that no job carries yet.
    bool owes_a_job{};
    std::shared_ptr<const mining::PayoutOutputs> outputs{};
    mining::OutputsId outputs_id{};
    Moment opened_at{};
    /// The job that shares are expected for; shares for others of the same tip are late but good.
    sv2::JobId latest_job{};
    Acknowledgement acknowledgement{};
    /// Shares at a worker that this channel still hears of.
    std::uint32_t unanswered{};
};

}  // namespace gateway
