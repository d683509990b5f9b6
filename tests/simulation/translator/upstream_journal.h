#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "auditor/audit.h"
#include "base/clock.h"
#include "simulation/translator/share_name.h"
#include "simulation/world.h"
#include "sv2/frame.h"
#include "sv2/mining_messages.h"
#include "translator/answer_times.h"

namespace simulation {

/// What one translator and its gateways said to each other over all of its lives, read off the
/// frames: to the gateways it is a miner, so the auditor gets the journal of one. It also knows
/// which of the answers that SV1 miners get can have been a gateway's.
class UpstreamJournal {
  public:
    /// `answer_within`: how long the translator waits for verdicts.
    UpstreamJournal(const World& world, std::string name, std::chrono::milliseconds answer_within)
        : world_(world), name_(std::move(name)), answer_within_(answer_within) {}

    struct Share {
        ShareName name{};
        std::size_t channel{};  ///< place in channels_
        std::uint32_t sequence_number{};
        base::SteadyTime sent_at{};
        /// Its translator had come to know the pool as one that is slower than it waits for.
        bool was_pool_slow{};
        /// The gateway has answered, or it never will.
        std::optional<base::SteadyTime> decided_at{};
        bool is_lost{};
    };

    /// How long verdicts of each pool take, in one life of the translator.
    using Times = std::map<std::string, translator::AnswerTimes>;

    /// One connection to a gateway.
    class Connection {
      public:
        Connection(UpstreamJournal& journal, translator::AnswerTimes& times)
            : journal_(journal), times_(times) {}
        ~Connection() { on_end(); }
        Connection(const Connection&) = delete;
        Connection& operator=(const Connection&) = delete;

        /// Whole frames, back to back.
        void on_sent(base::ByteView frames);
        void on_received(const sv2::FrameHeader& header, base::ByteView payload);
        void on_end();

      private:
        void on_share(const sv2::SubmitSharesExtended& share);
        auditor::LedgerJob job_of(const sv2::SubmitSharesExtended& share,
                                  mining::ChannelKey key) const;
        void on_opened(const sv2::OpenExtendedMiningChannelSuccess& opened);
        void on_accepted(const sv2::SubmitSharesSuccess& accepted);
        void on_rejected(const sv2::SubmitSharesError& rejected);
        void on_closed(sv2::ChannelId id);
        void on_target(sv2::ChannelId id, const sv2::U256& told);
        /// The verdict has come, or never will, for those of a channel from `first` to `last`.
        enum class Decision { answered, lost };
        void decide(std::size_t channel, std::uint32_t first, std::uint32_t last,
                    Decision decision);

        UpstreamJournal& journal_;
        translator::AnswerTimes& times_;
        bool tells_workers_{};
        bool has_ended_{};
        std::map<std::uint32_t, std::size_t> open_{};               // channels, by id
        std::map<std::uint32_t, base::Bytes> coinbase_prefixes_{};  // of jobs, by id
        std::vector<std::size_t> undecided_{};                      // shares, as they were sent
    };

    /// A channel that is open at a gateway, as far as its translator knows.
    bool is_open(mining::ChannelKey key) const { return open_.contains(key); }
    /// Whether the gateway is told by which worker a share of this channel is.
    bool tells_workers(mining::ChannelKey key) const { return tells_workers_.contains(key); }
    /// A share that has no verdict, though its channel is open.
    bool has_undecided() const;
    const std::vector<Share>& shares() const { return shares_; }

    /// Whether a translator may have told its miner that a share counts without a gateway's having
    /// said so (docs/adr/0022): the gateway's answer was lost with connection or channel, came
    /// later than the translator waits, or usually does. `from` and `to`: when the miner sent it
    /// and had its answer.
    bool may_be_answered_alone(const ShareName& name, base::SteadyTime from,
                               base::SteadyTime to) const;
    /// Whether it has kept a share to itself that no gateway would credit (docs/adr/0023): one that
    /// misses the hardest target that its channel was told. The ledger may not know of that: who
    /// told it can die before it has written it down.
    bool may_be_kept(const ShareName& name, const bitcoin::BlockHash& hash) const;

    /// For the auditor. `header_of` is asked for what a miner knows of the share of this name.
    using HeaderOf = std::function<auditor::SubmittedShare(const ShareName&)>;
    std::vector<auditor::JournalChannel> channels(const HeaderOf& header_of) const;

  private:
    bool was_accepted(const Share& share) const;

    const World& world_;
    std::string name_;
    std::chrono::milliseconds answer_within_;
    std::vector<auditor::JournalChannel> channels_{};
    std::vector<Share> shares_{};
    std::multimap<ShareName, std::size_t> by_name_{};
    std::set<mining::ChannelKey> open_{};
    std::map<mining::ChannelKey, bitcoin::Target> hardest_{};
    std::set<mining::ChannelKey> tells_workers_{};
    std::vector<base::SteadyTime> ends_{};  // of connections and channels
};

}  // namespace simulation
