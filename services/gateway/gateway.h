#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "bus/dispatcher.h"
#include "bus/gateway_bus.h"
#include "gateway/config.h"
#include "gateway/departures.h"
#include "gateway/front.h"
#include "gateway/membership.h"
#include "gateway/metrics.h"
#include "gateway/share_sink.h"
#include "gateway/switchboard.h"
#include "ledger/ban_follower.h"
#include "noise/identity.h"
#include "redis/process_client.h"
#include "rpc/target_client.h"
#include "rpc/template_client.h"
#include "service/chassis.h"
#include "service/name_watch.h"

namespace gateway {

/// The gateway's parts and what flows between them: shares from the front to the bus, outcomes
/// from the bus to the front, templates and targets to every session. Owns all of them; one
/// thread, one loop.
class Gateway final : public ShareSink {
  public:
    /// Binds its addresses. Errors: throws std::runtime_error naming the address and the cure.
    Gateway(const Config& config, const base::Clock& clock, base::Random& random,
            const noise::GatewayIdentity& identity, service::Chassis& chassis);
    ~Gateway() override;

    /// Joins the pool; miners are let in when a template is there.
    void start();
    /// After the notice takes no new miners, asks those that are here to leave, and ends when every
    /// share has its answer, or at a deadline.
    void drain();
    /// The same without notice, and all at once.
    void hurry();
    /// Nothing while all is well; otherwise why the process must end with an error.
    const std::string& failure() const { return failure_; }

    // What an operator asks for. Each is done once, however often it is asked for.

    /// What is here, for who lists it.
    struct Standing {
        mining::Epoch epoch{};  ///< zero while the pool has not been joined
        std::uint16_t port{};   ///< where miners connect
        std::size_t channels{};
        bool is_draining{};
    };
    Standing standing();
    const Front& front() const { return front_; }
    const Departures& departures() const { return departures_; }
    /// False where it is not there.
    bool disconnect(ConnectionId connection, std::string_view reason);
    bool close_channel(mining::ChannelKey channel, std::string_view reason);
    /// Not ready, after the notice no new connections, and those that are here leave over `spread`;
    /// zero: as configured. How many are on the way out, or will be.
    std::size_t drain_by_hand(std::chrono::milliseconds spread);
    /// Takes miners again. Errors: throws std::runtime_error when the address cannot be had any
    /// more.
    void undrain();
    /// Has that part of the connections, chosen by chance, leave over `spread`; those that leave
    /// already count. How many are on the way out. Nothing while it drains.
    std::optional<std::size_t> rebalance(std::uint32_t basis_points,
                                         std::chrono::milliseconds spread);

    bus::Partition partition_of(ConnectionId connection) const override;
    bool is_full(bus::Partition partition) const override;
    void take(ConnectionId connection, bus::Partition partition, const Effects& effects) override;

  private:
    /// What the switchboard needs of a gateway.
    struct Shell {
        Gateway& gateway;
        Connection* find(ConnectionId id) const { return gateway.front_.find(id); }
        template <class Act>
        void for_each(const Act& act) const {
            gateway.front_.for_each(act);
        }
        bool send(const std::string& worker, const std::string& frame) const;
        std::optional<bitcoin::Target> proposed(mining::ChannelKey channel) const;
        void forget(mining::ChannelKey channel) const;
        void answered(const bus::Batch& batch) const;
        void fenced(const std::string& reason) const;
    };
    // What exists once the pool has been joined: an epoch is part of all of it.
    struct Member {
        Member(Gateway& gateway, const ledger::PoolConfig& pool, mining::Epoch epoch);
        Shell shell;
        Switchboard<Shell> switchboard;
        bus::GatewayBus bus;
        rpc::TargetClient targets;
        service::NameWatch vardiff_names;
    };

    void on_joined(const ledger::PoolConfig& pool, mining::Epoch epoch);
    void on_template(const mining::BlockTemplate& block_template);
    void on_bans();
    void open_if_possible();
    void meet_workers();
    void look_for_work(base::SteadyTime now);
    void look_for_misfits();
    std::vector<ConnectionId> miners();
    void give_notice(const edge::DrainSettings& settings);
    void leave_in_time(base::SteadyTime now);
    void fail(const std::string& why);

    void tick();
    void flush_soon();
    void flush();
    void flush_in_time();
    void publish_unacknowledged();
    const bus::Dispatcher* dispatcher() const;
    void publish();

    const Config& config_;
    const base::Clock& clock_;
    service::Chassis& chassis_;
    service::Stage& unacknowledged_;
    Metrics metrics_;
    std::unique_ptr<redis::ProcessClient> redis_;
    Membership membership_;
    zmq::context_t zmq_{1};
    WorkBook work_{};
    ledger::BanFollower bans_;
    Front front_;
    Departures departures_;
    rpc::TemplateClient templates_;
    service::NameWatch template_names_;
    base::Random& random_;
    std::optional<Member> member_{};
    boost::asio::steady_timer tick_timer_;
    boost::asio::steady_timer flush_timer_;
    bool is_flush_due_{};
    bool is_timer_set_{};
    bool is_fenced_{};
    bool is_stopping_{};
    // Not ready, but miners are still taken: until when, and how all of them leave then.
    std::optional<base::SteadyTime> leave_at_{};
    edge::DrainSettings leave_as_{};
    bool is_drained_{};  // by an operator
    base::SteadyTime template_at_{};
    bool is_without_work_{};
    bool has_met_workers_{};
    bool has_misfits_{};
    std::string failure_{};
};

}  // namespace gateway
