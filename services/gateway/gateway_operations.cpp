#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/log.h"
#include "gateway/gateway.h"

namespace gateway {
namespace {

constexpr std::uint64_t whole = 10'000;  // basis points

}  // namespace

std::vector<ConnectionId> Gateway::miners() {
    std::vector<ConnectionId> connections;
    front_.for_each([&](Connection& connection) { connections.push_back(connection.id()); });
    return connections;
}

Gateway::Standing Gateway::standing() {
    Standing standing{.port = front_.port(), .is_draining = is_drained_ || is_stopping_};
    if (member_) standing.epoch = member_->switchboard.epoch();
    front_.for_each(
        [&](Connection& connection) { standing.channels += connection.session()->channels(); });
    return standing;
}

bool Gateway::disconnect(ConnectionId id, std::string_view reason) {
    auto* connection = front_.find(id);
    if (connection == nullptr) return false;
    base::log_info("connection is closed by an operator",
                   {{"connection", id.value}, {"reason", reason}});
    connection->act([](Session& session, Effects& effects) { session.acknowledge_all(effects); });
    connection->flush();
    connection->end("by-operator");
    return true;
}

bool Gateway::close_channel(mining::ChannelKey channel, std::string_view reason) {
    auto* connection = member_ ? member_->switchboard.connection_of(channel) : nullptr;
    if (connection == nullptr) return false;
    bool is_closed = false;
    connection->act([&](Session& session, Effects& effects) {
        is_closed = session.close_channel(channel, reason, effects);
    });
    if (is_closed)
        base::log_info("channel is closed by an operator",
                       {{"channel", channel.value}, {"reason", reason}});
    return is_closed;
}

std::size_t Gateway::drain_by_hand(std::chrono::milliseconds spread) {
    if (is_stopping_) return departures_.size();
    if (!std::exchange(is_drained_, true)) {
        chassis_.health().set_not_ready("drain", "drained by an operator");
        base::log_info("drained by an operator", {{"connections", front_.connections()}});
        auto settings = config_.drain;
        if (spread.count() != 0) settings.spread = settings.spread_a_connection = spread;
        give_notice(settings);
    }
    return leave_at_ ? front_.connections() : departures_.size();
}

void Gateway::undrain() {
    if (!is_drained_ || is_stopping_) return;
    if (front_.was_opened()) front_.accept_again();
    is_drained_ = false;
    leave_at_.reset();
    departures_.cancel();
    chassis_.health().set_ready("drain");
    base::log_info("takes miners again, as an operator asks",
                   {{"connections", front_.connections()}});
    open_if_possible();
}

std::optional<std::size_t> Gateway::rebalance(std::uint32_t basis_points,
                                              std::chrono::milliseconds spread) {
    if (is_drained_ || is_stopping_) return std::nullopt;
    auto connections = miners();
    const auto wanted = static_cast<std::size_t>(
        (std::uint64_t{connections.size()} * std::min<std::uint64_t>(basis_points, whole) +
         whole / 2) /
        whole);
    std::erase_if(connections, [this](ConnectionId id) { return departures_.contains(id); });
    auto missing = wanted > departures_.size() ? wanted - departures_.size() : 0;
    missing = std::min(missing, connections.size());
    for (std::size_t i = 0; i < missing; ++i)
        std::swap(connections[i],
                  connections[i + static_cast<std::size_t>(random_.next_u64() %
                                                           (connections.size() - i))]);
    connections.resize(missing);
    auto settings = config_.drain;
    if (spread.count() != 0) settings.spread = settings.spread_a_connection = spread;
    const auto asked = departures_.add(std::move(connections), settings);
    base::log_info("connections are asked to go elsewhere by an operator",
                   {{"connections", asked}, {"on_the_way", departures_.size()}});
    return departures_.size();
}

}  // namespace gateway
