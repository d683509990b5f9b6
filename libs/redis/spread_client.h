#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <vector>

#include "redis/hiredis_client.h"
#include "redis/process_client.h"

namespace redis {

/// The client of one Redis over several connections: a key's slot (as in a cluster) says over
/// which, so commands of one slot are sent in the order given; those of several keys that lie in
/// different slots, or of none, go over the first.
///
/// Redis reads some 16 KB of a connection before it goes on, less than a batch of shares is, and
/// writes and fsyncs its append-only file once a turn: over one connection each batch costs an
/// fsync, over several those that came together share it.
///
/// Where one of them gets no answer in time, those look for the primary again too that have had
/// none since: after a failover none of them keeps to a primary that stands still.
class SpreadClient final : public ProcessClient {
  public:
    SpreadClient(boost::asio::io_context& io, const ClientConfig& config, std::size_t connections,
                 const base::Clock& clock, base::Random& random);
    ~SpreadClient() override;

    void command(Args args, Callback done) override;
    void command_then_wait(Args args, std::uint32_t replicas, std::chrono::milliseconds timeout,
                           ReplicatedCallback done) override;
    /// All of them look for the primary again.
    void reconnect() override;
    /// All of them are.
    bool is_connected() const override;

    ClientStats stats() const override;
    std::size_t pending_max() const override;
    void on_timings(ClientTimings timings) override;
    void on_change(std::function<void(bool is_connected)> observer) override;

  private:
    ProcessClient& connection_of(const Args& args);
    void doubt_since(base::SteadyTime since);
    void tell();

    std::vector<std::unique_ptr<HiredisClient>> connections_{};
    std::function<void(bool)> observer_{};
    bool was_connected_ = false;
};

/// As make_client(), with so many connections to a single Redis; a cluster has one to each primary.
std::unique_ptr<ProcessClient> make_spread_client(boost::asio::io_context& io, ClientConfig config,
                                                  std::size_t connections, const base::Clock& clock,
                                                  base::Random& random);

}  // namespace redis
