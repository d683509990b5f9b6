#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "translator/channels.h"
#include "translator/pools.h"

namespace translator {

/// Channels at real pools: each is an extended channel over one of a few connections to the pool
/// in use, and survives them (docs/adr/0022). Owned by main, called by the loop.
class PoolChannels final : public Channels, private Pool::Listener {
  public:
    struct Parts {
        boost::asio::io_context& loop;
        const base::Clock& clock;
        base::Random& random;
        PoolDialer& dialer;
        service::Registry& registry;
    };
    static constexpr std::chrono::milliseconds tick_interval{250};
    /// A pool that closes a channel again within this time does not want it.
    static constexpr std::chrono::seconds closed_again_max{60};
    /// What a channel that moves leaves behind is closed after this time: verdicts of its last
    /// shares may still come.
    static constexpr std::chrono::seconds farewell{5};
    /// No miner can do with less.
    static constexpr std::uint16_t extranonce_size_min = 2;

    /// Errors: throws std::invalid_argument for a user_identity that is none.
    PoolChannels(Parts parts, PoolsSettings settings);
    ~PoolChannels() override;
    PoolChannels(const PoolChannels&) = delete;
    PoolChannels& operator=(const PoolChannels&) = delete;

    /// Dials, and goes on by a timer of its own.
    void start();
    /// What the timer does; for tests, which have a clock of their own.
    void on_tick();

    ChannelHandle open(const OpenTerms& terms, ChannelListener& listener) override;
    void update(ChannelHandle channel, double nominal_hash_rate_hps,
                const bitcoin::Target& max_target) override;
    void close(ChannelHandle channel) override;
    std::optional<ShareTicket> submit(ChannelHandle channel, const ChannelShare& share) override;
    std::optional<base::SteadyTime::duration> verdict_time(ChannelHandle channel) const override;
    std::optional<std::size_t> extranonce_size() const override;
    bool is_served() const override;
    base::SteadyTime unserved_since() const override { return unserved_since_; }

    /// For the status page.
    struct PoolStatus {
        std::string name{};  ///< host:port
        bool is_in_use{};
        std::size_t connections{};
        std::size_t channels{};
        std::optional<base::SteadyTime::duration> verdict_time{};
        std::string trouble{};  ///< why it does not serve; empty if nothing is known against it
    };
    std::vector<PoolStatus> status() const;
    std::size_t channels() const { return lines_.size(); }

  private:
    /// A channel of one connection.
    struct Seat {
        Pool* pool{};
        PoolConnection* connection{};
        sv2::ChannelId id{};  ///< 0 while it is only asked for
    };
    /// What a handle names.
    struct Line {
        ChannelListener* listener{};
        OpenTerms terms{};
        std::optional<Seat> seat{};  ///< where it mines
        std::optional<Seat> next{};  ///< where it has been asked for, and goes once there is a job
        std::optional<ChannelTerms> next_terms{};
        std::optional<Seat> last{};  ///< where it was before, for `farewell`
        bool is_waiting{};           ///< to be asked for
        bool has_new_terms{};        ///< by update(), since it was asked for
        std::uint64_t last_ticket{};
        std::optional<base::SteadyTime> closed_at{};  ///< by the pool
    };

    void on_event(Pool& pool, PoolConnection& connection, PoolEvent event) override;
    void on_change(Pool& pool) override;
    bool has_alternative(const Pool& pool) const override { return pools_.has_alternative(pool); }

    void on(pool_event::SetUp&, const Seat&) {}
    void on(pool_event::Opened& event, const Seat& from);
    void on(pool_event::Refused& event, const Seat& from);
    void on(pool_event::TermsChanged& event, const Seat& from);
    void on(pool_event::JobGiven& event, const Seat& from);
    void on(pool_event::ShareAnswered& event, const Seat& from);
    void on(pool_event::Closed& event, const Seat& from);
    void on(pool_event::Lost& event, const Seat& from);

    Line* find(ChannelHandle channel);
    const Line* find(ChannelHandle channel) const;
    static bool is_at(const std::optional<Seat>& seat, const Seat& from);
    void wait(ChannelHandle channel, Line& line);
    void interrupt(ChannelHandle channel, Line& line);
    void refuse(ChannelHandle channel, std::string_view code);
    bool retries_with_less(Line& line, std::string_view code, Pool& pool);
    void act_soon();
    void act();
    void move_those_who_leave();
    void ask_for_waiting();
    bool ask(ChannelHandle channel, Line& line, Pool& pool);
    void note_service();
    void forget_closed();
    void take_leave(ChannelHandle channel, Line& line);
    void end_farewells();
    void wait_for_tick();

    Parts parts_;
    PoolsSettings settings_;
    PoolMetrics metrics_;
    JobCounter counter_{};
    boost::asio::steady_timer timer_;
    boost::unordered_flat_map<std::uint64_t, std::unique_ptr<Line>> lines_{};
    std::deque<ChannelHandle> waiting_{};
    struct Farewell {
        base::SteadyTime until{};
        ChannelHandle channel{};
    };
    std::deque<Farewell> farewells_{};
    std::uint64_t last_handle_{};
    base::SteadyTime unserved_since_;
    bool was_served_ = false;
    bool acts_soon_ = false;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
    Pools pools_;  // the last: its connections end first
};

}  // namespace translator
