#include "redis/spread_client.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "redis/route.h"

namespace redis {

SpreadClient::SpreadClient(boost::asio::io_context& io, const ClientConfig& config,
                           std::size_t connections, const base::Clock& clock,
                           base::Random& random) {
    base::ensure(connections != 0, "a client needs a connection");
    for (std::size_t i = 0; i < connections; ++i) {
        auto& connection =
            connections_.emplace_back(std::make_unique<HiredisClient>(io, config, clock, random));
        connection->on_change([this](bool) { tell(); });
        connection->on_silence([this](base::SteadyTime since) { doubt_since(since); });
    }
}

SpreadClient::~SpreadClient() = default;

void SpreadClient::command(Args args, Callback done) {
    auto& connection = connection_of(args);
    connection.command(std::move(args), std::move(done));
}

void SpreadClient::command_then_wait(Args args, std::uint32_t replicas,
                                     std::chrono::milliseconds timeout, ReplicatedCallback done) {
    auto& connection = connection_of(args);
    connection.command_then_wait(std::move(args), replicas, timeout, std::move(done));
}

void SpreadClient::reconnect() {
    for (auto& connection : connections_) connection->reconnect();
}

bool SpreadClient::is_connected() const {
    return std::ranges::all_of(connections_, [](const auto& each) { return each->is_connected(); });
}

ClientStats SpreadClient::stats() const {
    ClientStats sum;
    for (const auto& connection : connections_) {
        const auto stats = connection->stats();
        sum.attempts += stats.attempts;
        sum.connections += stats.connections;
        sum.losses += stats.losses;
        sum.timeouts += stats.timeouts;
        sum.pending += stats.pending;
        sum.oldest_age = std::max(sum.oldest_age, stats.oldest_age);
        sum.backoff = std::max(sum.backoff, stats.backoff);
    }
    return sum;
}

std::size_t SpreadClient::pending_max() const {
    return connections_.size() * connections_.front()->pending_max();
}

void SpreadClient::on_timings(ClientTimings timings) {
    for (auto& connection : connections_) connection->on_timings(timings);
}

void SpreadClient::on_change(std::function<void(bool is_connected)> observer) {
    observer_ = std::move(observer);
}

ProcessClient& SpreadClient::connection_of(const Args& args) {
    const auto route = route_of(args);
    return *connections_[route.kind == Route::Kind::slot ? route.slot % connections_.size() : 0];
}

/// One that asked nothing would learn only by its own next command that nobody answers there.
void SpreadClient::doubt_since(base::SteadyTime since) {
    for (auto& connection : connections_) connection->reconnect_unless_answered(since);
}

void SpreadClient::tell() {
    const bool is_connected_now = is_connected();
    if (std::exchange(was_connected_, is_connected_now) != is_connected_now && observer_)
        observer_(is_connected_now);
}

std::unique_ptr<ProcessClient> make_spread_client(boost::asio::io_context& io, ClientConfig config,
                                                  std::size_t connections, const base::Clock& clock,
                                                  base::Random& random) {
    if (!config.cluster.empty()) return make_client(io, std::move(config), clock, random);
    return std::make_unique<SpreadClient>(io, config, connections, clock, random);
}

}  // namespace redis
