#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "service/metrics.h"
#include "simulation/process_clock.h"
#include "simulation/tcp.h"
#include "simulation/translator/simulated_dialer.h"
#include "simulation/translator/translator_connection.h"
#include "simulation/translator/translator_kind.h"
#include "sv1/parser.h"
#include "translator/aggregate_channels.h"
#include "translator/miner_context.h"
#include "translator/pool_channels.h"

namespace simulation {

/// One incarnation of a translator: what translator::Translator and translator::MinerFront are, on
/// simulated sockets.
class TranslatorProcess {
  public:
    struct Parts {
        Network& network;
        Tcp& tcp;
        const TranslatorKind& kind;
        const std::vector<Host>& gateways;
        UpstreamJournal& journal;
    };
    TranslatorProcess(const Parts& parts, Host host, ProcessClock& clock,
                      std::uint64_t incarnation);
    ~TranslatorProcess();
    TranslatorProcess(const TranslatorProcess&) = delete;
    TranslatorProcess& operator=(const TranslatorProcess&) = delete;

    Life& life() { return life_; }
    base::SteadyTime started_at() const { return started_at_; }
    /// What gateways have sent has been read.
    bool has_read_all() const { return !dialer_.has_unread(); }
    /// Bytes that wait in its connections from that host.
    std::size_t unsent_to(Host miner) const;
    /// And in the one where most do.
    std::size_t most_unsent() const;

    // For the connections.
    const base::Clock& clock() const { return clock_; }
    translator::MinerContext& context() { return miners_; }
    const translator::FrontLimits& limits() const { return parts_.kind.limits; }
    sv1::Parser& parser() { return parser_; }
    void ended(TranslatorConnection& connection, std::string_view reason);

  private:
    Host resolve(const std::string& name);
    translator::Channels& channels_of_miners();
    void admit(std::unique_ptr<TcpEnd> socket);
    bool serves() const;
    void every_second();
    void bury_ended();

    Parts parts_;
    Life life_;
    Host host_;
    ProcessClock& clock_;
    Chance chance_;
    base::SteadyTime started_at_;
    service::Registry registry_{"simulation", "0"};
    translator::MinerMetrics metrics_{registry_};
    sv1::Parser parser_{sv1::line_size_max_default};
    SimulatedDialer dialer_;
    translator::PoolChannels pools_;
    std::optional<translator::AggregateMetrics> aggregate_metrics_{};
    std::optional<translator::AggregateChannels> aggregate_{};
    translator::MinerContext miners_;
    std::uint64_t last_id_{};
    std::map<std::uint64_t, std::shared_ptr<TranslatorConnection>> connections_{};
    std::vector<std::shared_ptr<TranslatorConnection>> ended_{};
    Tcp::Listener listener_;
};

}  // namespace simulation
