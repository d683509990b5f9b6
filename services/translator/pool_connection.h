#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "translator/pool_client.h"
#include "translator/pool_link.h"

namespace translator {

/// One connection to a pool, from the dial to its end: the link, and the client that speaks over
/// it. What is asked of it leaves, and what comes of that is told, on a later turn of the loop.
class PoolConnection : public std::enable_shared_from_this<PoolConnection> {
  public:
    class Owner {
      public:
        virtual ~Owner() = default;
        virtual void on_event(PoolConnection& connection, PoolEvent event) = 0;
        /// The pool wants us at another address; the connection goes on until it ends.
        virtual void on_reconnect(PoolConnection& connection,
                                  const PoolEffects::Elsewhere& elsewhere) = 0;
        /// The last, after its Lost events. `reason` is a name for the metric.
        virtual void on_over(PoolConnection& connection, std::string_view reason,
                             std::optional<PoolFailure::Kind> failure, std::string why) = 0;

      protected:
        Owner() = default;
        Owner(const Owner&) = default;
        Owner& operator=(const Owner&) = default;
    };

    PoolConnection(boost::asio::io_context& loop, const base::Clock& clock, JobCounter& counter,
                   PoolClient::Settings settings, PoolAddress address, Owner& owner);

    void dial(PoolDialer& dialer);
    void on_tick(base::SteadyTime now);
    /// Ends it; the owner hears of it before this returns. Not for the owner's on_event to call.
    void end(std::string_view reason, std::string why = {});
    /// Ends it without a word to the owner.
    void drop();

    const PoolAddress& address() const { return address_; }
    const PoolClient& client() const { return client_; }
    bool is_ready() const { return !is_over_ && client_.is_set_up(); }
    base::SteadyTime dialled_at() const { return dialled_at_; }
    /// Since the pool has taken us.
    std::optional<base::SteadyTime> ready_since() const { return ready_since_; }
    bool was_connected() const { return was_connected_; }
    std::size_t unread() const { return link_ ? link_->unread() : 0; }
    /// Channels that it has or has been asked for.
    std::size_t load() const { return client_.channels() + client_.open_requests(); }

    /// It has been told to go elsewhere: its channels move to another connection.
    /// How many odd messages have come since this was asked.
    unsigned take_oddities() { return std::exchange(effects_.oddities, 0U); }

    bool is_leaving() const { return is_leaving_; }
    void leave() { is_leaving_ = true; }

    // See PoolClient.
    void doubt(bool answers_probes) { client_.doubt(answers_probes); }
    void open(const PoolClient::Open& open);
    void abandon(ChannelHandle channel) { client_.abandon(channel); }
    void update(sv2::ChannelId id, double nominal_hash_rate_hps, const bitcoin::Target& max_target);
    void close(sv2::ChannelId id, std::string_view reason);
    bool submit(sv2::ChannelId id, const ChannelShare& share, ShareTicket ticket);

  private:
    void settle_soon();
    void settle();
    void tell_events();
    void finish(std::string_view reason, std::optional<PoolFailure::Kind> failure, std::string why);

    boost::asio::io_context& loop_;
    const base::Clock& clock_;
    PoolAddress address_;
    Owner& owner_;
    PoolClient client_;
    std::unique_ptr<PoolLink> link_{};
    PoolEffects effects_{};
    std::vector<PoolEvent> spare_{};  // kept for its memory
    base::SteadyTime dialled_at_;
    std::optional<base::SteadyTime> ready_since_{};
    bool was_connected_ = false;
    bool is_settling_soon_ = false;
    bool is_leaving_ = false;
    bool is_over_ = false;
};

}  // namespace translator
