#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "edge/drain.h"
#include "service/chassis.h"
#include "translator/aggregate_channels.h"
#include "translator/config.h"
#include "translator/front_metrics.h"
#include "translator/miner_context.h"
#include "translator/miner_front.h"
#include "translator/net_dialer.h"
#include "translator/pool_channels.h"
#include "translator/status.h"
#include "translator/tls_watch.h"

namespace translator {

/// The translator's parts and what flows between them: miners' lines from the front to their
/// sessions, shares from the sessions to the pools' channels. Owns all of them; one thread, one
/// loop.
class Translator {
  public:
    /// Binds its addresses. Errors: throws std::runtime_error naming the address and the cure.
    Translator(const Config& config, const base::Clock& clock, base::Random& random,
               service::Chassis& chassis);
    Translator(const Translator&) = delete;
    Translator& operator=(const Translator&) = delete;

    void start();
    /// After the notice asks every miner to leave, answers what is pending, and tells the chassis
    /// when it is done.
    void drain();
    /// The same without notice, and all at once.
    void hurry();

  private:
    /// From asking a miner to leave to its end, at most.
    struct Leaving {
        ConnectionId connection{};
        base::SteadyTime until{};
    };

    Channels& channels_of_miners();
    void wait_for_tick();
    void on_tick();
    void look_at_pools(base::SteadyTime now);
    void publish_stages();
    void show_pools();
    void send_miners_away(const edge::DrainSettings& settings);
    void go_on_draining(base::SteadyTime now);
    Status status(const StatusQuery& query);
    void serve_status();

    Config config_;
    const base::Clock& clock_;
    base::Random& random_;
    service::Chassis& chassis_;
    MinerMetrics miner_metrics_;
    FrontMetrics front_metrics_;
    NetDialer dialer_;
    PoolChannels pools_;
    std::optional<AggregateMetrics> aggregate_metrics_{};
    std::optional<AggregateChannels> aggregate_{};
    MinerContext miners_;
    std::optional<TlsWatch> tls_{};
    MinerFront front_;
    boost::asio::steady_timer timer_;
    base::SteadyTime next_second_{};
    bool was_served_{};
    std::optional<base::SteadyTime> served_since_{};
    service::Stage& answers_stage_;
    service::Stage& channels_stage_;
    std::optional<base::SteadyTime> leave_at_{};  // not ready, but miners are still taken
    std::optional<edge::Drain<ConnectionId>> drain_{};
    std::vector<Leaving> leaving_{};
};

}  // namespace translator
