#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/clock.h"
#include "mining/ids.h"
#include "share_log/record.h"
#include "vardiff/channel_track.h"
#include "vardiff/policies.h"
#include "vardiff/rate_spread.h"

namespace vardiff {

struct Proposal {
    mining::ChannelKey channel{};
    bitcoin::Target target{};
    friend bool operator==(const Proposal&, const Proposal&) = default;
};
using Proposals = std::vector<Proposal>;

/// The channels of one partition, as its share log tells of them, and what they should be given.
/// Without I/O or clock: the same records and moments give the same proposals.
class ChannelBook {
  public:
    explicit ChannelBook(std::shared_ptr<const Policies> policies)
        : policies_(std::move(policies)) {}

    /// The next record of the log, which was committed then.
    Proposals take(const share_log::Record& record, base::UnixMicros committed_at);

    /// Nothing else is in the log until `now`; to be called every second or so. Silence counts, but
    /// not while a gateway as a whole is silent: then what is missing is more likely on its way,
    /// for some time. What is in force and not wanted, since another replica proposed it, is
    /// contradicted.
    Proposals advance(base::UnixMicros now);

    /// Records are missing, and with them perhaps what was applied: the next share of its active
    /// job says of each channel what is in force.
    void doubt_targets();

    Proposals set_policies(std::shared_ptr<const Policies> policies);

    /// Records of the past have been taken in, and proposals are made from now on: what of theirs
    /// is still to be made. Small differences to what is in force are none: the past is never
    /// repeated to the last digit.
    Proposals reconcile();

    /// What is proposed for the channels of a gateway.
    Proposals proposals(mining::Epoch epoch) const;

    /// Forgets channels of gateways that do not live and have not been heard of for long.
    void forget_dead(const std::set<mining::Epoch>& living, base::UnixMicros now);

    /// As advance() saw the channels last.
    const RateSpread& spread() const { return spread_; }
    const ChannelTrack* find(mining::ChannelKey key) const;
    using Channels = std::map<mining::ChannelKey, ChannelTrack>;
    const Channels& channels() const { return channels_; }
    /// When each gateway was last heard of.
    using Heard = std::map<mining::Epoch, base::UnixMicros>;
    Heard heard() const;
    /// As they were at a checkpoint.
    void restore(Channels channels, const Heard& heard);

  private:
    struct Gateway {
        base::UnixMicros heard_at{};
        /// Shares that its channels find in a second, as far as is known.
        double shares_per_second{};
    };

    ChannelTrack* channel_of(const share_log::Record& record, const bus::Job& job,
                             base::UnixMicros at);
    void apply(const bus::EventBody& event, const share_log::Record& record, base::UnixMicros at,
               Proposals& proposals);
    void open(const bus::ChannelOpen& open, const share_log::Record& record, base::UnixMicros at,
              Proposals& proposals);
    void count(const share_log::Record& record, std::size_t share, Proposals& proposals);
    bool is_held_up(const Gateway& gateway, base::UnixMicros now) const;

    std::shared_ptr<const Policies> policies_;
    Channels channels_{};
    std::map<mining::Epoch, Gateway> gateways_{};
    std::set<mining::ChannelKey> doubted_{};
    RateSpread spread_{};
    /// Before, whoever had the partition applied what it wanted; now nobody else's word counts.
    bool is_reconciled_{};
};

}  // namespace vardiff
