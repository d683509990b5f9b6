#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "loadgen/backoff.h"
#include "loadgen/peer.h"
#include "loadgen/share_plan.h"
#include "loadgen/sv2_context.h"
#include "loadgen/sv2_stream.h"
#include "loadgen/work_source.h"
#include "miner/sv2_client.h"

namespace loadgen {

/// What one miner does. It has one connection, and one channel or more on it.
struct Sv2Plan {
    std::string user{};
    std::size_t standard_channels = 0;
    std::size_t extended_channels = 0;
    bool requires_standard_jobs = false;
    float nominal_hash_rate_hps = 0;  ///< told of each channel
    /// An open loop: so many shares a second, whatever the targets.
    double shares_per_second = 0;
    /// Or a closed one: so many shares without an answer.
    std::uint64_t in_flight = 0;
    /// Each share is a write of its own.
    bool sends_apart = false;
    /// In an open loop: a connection's first share is due with its first work.
    bool submits_at_once = false;
    /// Or an open one again: hashes a second of each channel, which finds what its target lets it.
    double hash_rate_hps = 0;
    BadShares bad{};
    /// A job is worked on until its tip is over, whatever the pool sends.
    bool keeps_jobs = false;
    /// No share of it solves a block.
    bool avoids_blocks = false;
    /// How long it mines before it leaves, on average, and how long it is away; 0: it stays.
    std::chrono::milliseconds stays{};
    std::chrono::milliseconds away{};
};

/// A miner as a device or a proxy is: sets up, opens its channels, hashes what it is told, and
/// comes back when it is sent away or loses its connection. What it submits, and when, is its
/// plan's. In an open loop no answer is waited for, and a share counts as waiting from its moment
/// on, however late it leaves.
class Sv2Miner final : public Peer {
  public:
    Sv2Miner(Sv2Context& context, Sv2Plan plan, base::SteadyTime now);

    void on_connecting(base::SteadyTime now) override;
    Wish on_connected(base::SteadyTime now, std::string& out) override;
    Wish on_bytes(std::span<std::byte> bytes, base::SteadyTime now, std::string& out) override;
    Wish on_due(base::SteadyTime now, std::string& out) override;
    base::SteadyTime due() const override;
    std::chrono::milliseconds on_lost(std::string_view reason, base::SteadyTime now) override;
    std::chrono::milliseconds on_left(base::SteadyTime now) override;
    void on_end(base::SteadyTime now) override;
    std::optional<Place> sent_to() const override { return sent_to_; }

    /// Where nobody submitted until now: its shares are found from now on.
    void begin(base::SteadyTime now);
    bool is_connected() const { return connection_ != 0; }
    /// Every channel that the pool gave has work.
    bool is_working() const;
    bool has_ever_worked() const { return has_ever_worked_; }
    std::optional<base::SteadyTime> unanswered_since() const;

  private:
    struct Carrier;
    struct Channel {
        WorkSource source{};
        bool is_refused = false;  ///< or closed
        double rate = 0;          ///< shares a second, where its hash rate has it
    };
    /// A channel's id and a sequence number.
    using ShareName = std::pair<std::uint32_t, std::uint32_t>;

    miner::Sv2ClientConfig client_config() const;
    void carry_out(miner::Effects effects, base::SteadyTime now, std::string& out);
    Wish after(base::SteadyTime now, std::string& out);

    void on_work(miner::Work work, base::SteadyTime now);
    void on_accepted(const miner::SharesAccepted& accepted, base::SteadyTime now);
    void on_rejected(const miner::ShareRejected& rejected, base::SteadyTime now);
    void on_closed(const miner::ChannelClosed& closed);
    void note_work(base::SteadyTime now);
    void odd(std::string what);

    double rate() const;
    Channel* pick_channel();
    int shares_at_once() const;
    void plan_next(base::SteadyTime from);
    void submit_due(base::SteadyTime now, std::string& out);
    void fill(base::SteadyTime now, std::string& out);
    bool is_stocking(base::SteadyTime now);
    bool submit_one(base::SteadyTime since, base::SteadyTime now, std::string& out);
    ShareCounts& counts(Intent intent) { return context_.statistics.shares[intent]; }
    void give_up(std::uint64_t unanswered);

    void end_connection(base::SteadyTime now, bool is_asked);

    Sv2Context& context_;
    Sv2Plan plan_;
    MinerRecord& record_;
    ServiceWatch watch_;
    Backoff backoff_{};

    std::uint64_t connection_ = 0;  // its number in the journal; 0 for none
    std::optional<Sv2Stream> stream_{};
    std::optional<miner::Sv2Client> client_{};
    std::optional<std::string> over_{};  // why this connection is of no more use
    bool is_asked_ = false;
    std::optional<Place> sent_to_{};
    base::SteadyTime setup_due_ = never;
    base::SteadyTime leaves_at_ = never;

    std::vector<Channel> channels_;
    std::size_t next_channel_ = 0;
    bool was_working_ = false;
    std::optional<base::SteadyTime> worked_since_{};  // of this connection
    base::SteadyTime connecting_since_{};
    std::optional<base::SteadyTime> without_work_since_{};
    bool has_ever_worked_ = false;
    // Its place in the statistics, until a share is accepted again.
    std::optional<std::size_t> reconnect_{};

    base::SteadyTime share_due_ = never;
    Intent intent_{};  // of the share that is being submitted
    std::map<ShareName, Intent> bad_{};
    std::uint64_t unanswered_ = 0;
    bool is_stocked_ = false;
    bool was_held_ = false;
};

}  // namespace loadgen
