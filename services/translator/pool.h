#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "rpc/backoff.h"
#include "translator/answer_times.h"
#include "translator/identity_pattern.h"
#include "translator/pool_connection.h"
#include "translator/pool_metrics.h"
#include "translator/pools_settings.h"

namespace translator {

/// One of [[pools]]: its connections, and what is known of it. Dials with back-off, as often as it
/// is wanted; whether it is wanted is Pools' to decide.
class Pool final : public PoolConnection::Owner {
  public:
    enum class Mode {
        off,
        probing,  ///< looked at now and then: does it work again?
        on,
    };
    static constexpr std::chrono::seconds probe_interval{10};
    /// A connection that lasted so long was a good one.
    static constexpr std::chrono::seconds good_life{10};
    /// Gateways of this pool take 10,000 channels on a connection.
    static constexpr std::size_t channels_per_connection_max = 9'000;
    /// From so many on there are more connections than configured.
    static constexpr std::size_t channels_per_connection_wanted = 5'000;

    struct Parts {
        boost::asio::io_context& loop;
        const base::Clock& clock;
        base::Random& random;
        PoolDialer& dialer;
        JobCounter& counter;
        PoolMetrics& metrics;
        const PoolsSettings& settings;
    };
    /// Who has the channels.
    class Listener {
      public:
        virtual ~Listener() = default;
        virtual void on_event(Pool& pool, PoolConnection& connection, PoolEvent event) = 0;
        /// A connection was taken or lost, or is to be left.
        virtual void on_change(Pool& pool) = 0;
        /// Another pool could be tried instead.
        virtual bool has_alternative(const Pool& pool) const = 0;

      protected:
        Listener() = default;
        Listener(const Listener&) = default;
        Listener& operator=(const Listener&) = default;
    };

    /// `parts` and `listener` outlive the pool. Errors: throws std::invalid_argument for a
    /// user_identity that is none.
    Pool(Parts parts, const PoolSettings& settings, std::size_t rank, Listener& listener);
    ~Pool() override;
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    const std::string& name() const { return name_; }
    std::size_t rank() const { return rank_; }
    const IdentityPattern& identity() const { return identity_; }

    void set_mode(Mode mode);
    Mode mode() const { return mode_; }
    /// `channels`: how many there are to be served.
    void on_tick(base::SteadyTime now, std::size_t channels);
    /// What on_tick() does too: for when there is no time to lose.
    void dial_missing(std::size_t channels);

    /// A connection is there for channels, and the pool has not just refused them all.
    bool is_serving() const;
    /// It cannot serve, and waiting has shown no use.
    bool is_failing() const;
    /// It was found to work at every look for that long.
    bool has_worked_for(std::chrono::milliseconds time) const;
    /// It takes connections but not one channel: not to be tried again for a while.
    void refuse(const std::string& why);
    bool is_refusing() const;
    void forgive() { refusing_until_.reset(); }
    /// Nothing that it did lately says that it could not.
    bool may_serve() const;

    /// The connection that a new channel goes to; null while none has room.
    PoolConnection* connection_for_channel() const;
    /// Those that channels are to be moved away from.
    std::vector<std::shared_ptr<PoolConnection>> connections_to_leave() const;
    bool keeps(const PoolConnection& connection) const { return !is_to_leave(connection); }
    std::size_t channels() const;
    std::size_t ready_connections() const;
    /// Why the last connection failed; empty while there is one.
    const std::string& trouble() const { return trouble_; }

    AnswerTimes answer_times{};
    /// What it grants: of the last channel that was opened.
    std::optional<std::size_t> extranonce_size{};
    /// It has refused more.
    std::uint16_t extranonce_size_max = 32;

    void on_event(PoolConnection& connection, PoolEvent event) override;
    void on_reconnect(PoolConnection& connection, const PoolEffects::Elsewhere& elsewhere) override;
    void on_over(PoolConnection& connection, std::string_view reason,
                 std::optional<PoolFailure::Kind> failure, std::string why) override;

  private:
    std::size_t wanted(std::size_t channels) const;
    std::size_t dialled() const;
    bool is_to_leave(const PoolConnection& connection) const;
    void dial();
    void end_empty();
    void on_set_up(PoolConnection& connection);
    void on_lost(const PoolConnection& connection, std::optional<PoolFailure::Kind> failure,
                 const std::string& why);
    void learn_from(PoolFailure::Kind failure);
    void say_trouble(const std::string& why);
    void publish();

    Parts parts_;
    PoolSettings settings_;
    std::size_t rank_;
    Listener& listener_;
    std::string name_;
    IdentityPattern identity_;
    PoolAddress address_;
    std::optional<PoolAddress> elsewhere_{};  // where it sent us by Reconnect
    rpc::Backoff backoff_;
    Mode mode_ = Mode::off;
    std::vector<std::shared_ptr<PoolConnection>> connections_{};
    base::SteadyTime next_dial_{};
    base::SteadyTime unserved_since_{};
    bool is_idle_{};                                // the last end was for want of channels
    bool has_failed_{};                             // a dial, since it served or was turned on
    std::optional<base::SteadyTime> failed_at_{};   // a dial, and none went well since
    std::optional<base::SteadyTime> good_since_{};  // by probes
    std::optional<base::SteadyTime> refusing_until_{};
    std::chrono::milliseconds refusing_for_{};
    bool requires_version_rolling_ = true;
    bool asks_for_workers_;
    bool answers_probes_{};
    unsigned silences_about_extensions_{};
    std::string trouble_{};
};

}  // namespace translator
