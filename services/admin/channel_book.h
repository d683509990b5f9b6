#pragma once

#include <adit/admin/v1/channel.pb.h>
#include <adit/admin/v1/pool.pb.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "admin/believed_rate.h"
#include "admin/miner_book.h"
#include "admin/ring.h"
#include "admin/silence_watch.h"
#include "admin/table.h"
#include "base/clock.h"
#include "bitcoin/target.h"
#include "mining/ids.h"
#include "mining/share.h"
#include "share_log/sums.h"

namespace admin {

/// What is known of a channel when it is met: by its opening in the log, or by its hash in Redis.
struct ChannelFacts {
    mining::ChannelKey key{};
    std::uint32_t partition = 0;
    mining::ChannelKind kind{};
    std::string user_identity{};
    double nominal_hash_rate = 0;
    bitcoin::Target target{};
    /// 1970: before the log began.
    base::UnixMicros opened_at{};
    /// Until it was met; what the log has of that time is counted already.
    std::optional<share_log::Sums> sums{};
};

/// The open channels, their rows, and which of them are silent. Without I/O or clock.
class ChannelBook {
  public:
    ChannelBook(Table<adit::admin::v1::Channel>& rows, MinerBook& miners)
        : rows_(rows), miners_(miners) {}

    /// `now` is when that was so; what was known of a channel of this key is forgotten.
    void open(const ChannelFacts& facts, base::UnixMicros now);
    void close(mining::ChannelKey key);
    void close_all_of(mining::Epoch epoch);
    void apply_target(mining::ChannelKey key, const bitcoin::Target& target, base::UnixMicros at);
    void update(mining::ChannelKey key, double nominal_hash_rate, base::UnixMicros at);

    struct Share {
        base::UnixMicros at{};
        /// Accepted where there is none.
        std::optional<mining::ShareError> error{};
        double difficulty = 0;
        /// The sums that channels were met with have it.
        bool is_in_sums = false;
    };
    /// The worker that its user_identity names; null for a channel that is not open.
    Miner* count(mining::ChannelKey key, const Share& share);

    /// The log of a partition was away: what was found meanwhile comes late. Silence counts anew.
    void excuse(std::uint32_t partition, base::UnixMicros from);
    void heard(mining::Epoch epoch, std::uint32_t partition, base::UnixMicros at);
    /// Looks who has fallen silent. At least once a second.
    void look(const SilenceWatch::IsStuck& is_stuck);
    SilenceWatch& silence() { return silence_; }

    /// The rows of the gateway and the connection, and what that says it runs; empty where nobody
    /// knows.
    struct Whereabouts {
        std::string gateway{};
        std::string connection{};
        std::string firmware{};
    };
    using WhereaboutsOf = std::function<Whereabouts(mining::ChannelKey)>;
    void refresh(std::size_t count, base::UnixMicros now, const WhereaboutsOf& whereabouts);

    adit::admin::v1::Convergence convergence() const;
    std::size_t size() const { return channels_.size(); }
    /// Gateways that have channels.
    std::vector<mining::Epoch> epochs() const;
    /// Shares a second that the targets should give at the rates that they were made for.
    double expected_per_second() const;

  private:
    struct Channel;
    using Place = SilenceWatch::Place;

    Channel* find(mining::ChannelKey key);
    void close_at(Place place);
    void set_target(Channel& channel, const bitcoin::Target& target, double hash_rate);
    void pass(Channel& channel, base::UnixMicros until);
    void watch(Channel& channel);
    void set_silent(Channel& channel, bool is_silent);
    bool fill(adit::admin::v1::Channel& row, Channel& channel, base::UnixMicros now,
              const WhereaboutsOf& whereabouts);
    void write(Channel& channel, base::UnixMicros now, const WhereaboutsOf& whereabouts);
    std::pair<double, double> counted_and_expected(const Channel& channel,
                                                   base::UnixMicros now) const;

    Table<adit::admin::v1::Channel>& rows_;
    MinerBook& miners_;
    SilenceWatch silence_{};
    /// In the order of `silence_`.
    std::vector<std::unique_ptr<Channel>> channels_{};
    /// As the last refresh found it, in that order; 0 is unknown.
    std::vector<float> ratios_{};
    std::unordered_map<mining::ChannelKey, Place> places_{};
    std::size_t next_ = 0;
};

/// One channel; only the book's parts look into it.
struct ChannelBook::Channel {
    mining::ChannelKey key{};
    Place place = 0;
    std::uint32_t partition = 0;
    mining::ChannelKind kind{};
    std::string name{};
    std::string user_identity{};
    double nominal_hash_rate = 0;
    double difficulty = 0;
    double hashes_per_share = 1;
    /// The hash rate that the target was made for; 0 where nobody knows.
    double aimed_hash_rate = 0;
    Miner* worker = nullptr;
    base::UnixMicros opened_at{};
    base::UnixMicros last_share_at{};
    /// Since then it has sent nothing that it should have.
    base::UnixMicros silent_since{};
    /// Up to here what is expected has been summed up.
    base::UnixMicros expected_until{};
    BelievedRate believed{};
    bool is_silent = false;
    /// Its totals began with sums.
    bool has_sums = false;

    Ring<62, 5> fast{};
    Ring<62, 60> slow{};
    Ring<50, 1800> day{};
    Ring<22, 30> counted{};
    Ring<22, 30> expected{};
    std::uint64_t accepted = 0;
    double work = 0;
    std::array<std::uint32_t, mining::share_errors.size()> rejected{};
};

}  // namespace admin
