#include "gateway/departures.h"

#include <utility>

namespace gateway {

std::size_t Departures::add(std::vector<ConnectionId> connections,
                            const edge::DrainSettings& settings) {
    std::erase_if(connections, [this](ConnectionId id) { return !leaving_.insert(id).second; });
    if (!connections.empty())
        plans_.emplace_back(connections, settings, random_, clock_.steady_now());
    return connections.size();
}

void Departures::cancel() {
    plans_.clear();
    leaving_ = {ending_.begin(), ending_.end()};
}

void Departures::on_tick(base::SteadyTime now) {
    for (auto& plan : plans_) {
        for (const auto id : plan.take_to_ask(now))
            if (auto* connection = front_.find(id))
                connection->act(
                    [](Session& session, Effects& effects) { session.ask_to_leave(effects); });
        for (const auto id : plan.take_to_end(now)) {
            if (auto* connection = front_.find(id)) connection->stop_reading();
            ending_.push_back(id);
        }
    }
    std::erase_if(plans_, [](const auto& plan) { return plan.is_over(); });
    std::erase_if(leaving_, [this](ConnectionId id) { return front_.find(id) == nullptr; });
}

void Departures::end_answered() {
    for (const auto id : std::exchange(ending_, {})) end_if_answered(id);
}

/// What it has sent and we have read is answered first.
void Departures::end_if_answered(ConnectionId id) {
    auto* connection = front_.find(id);
    if (connection == nullptr) return;
    if (connection->session()->has_unanswered()) return ending_.push_back(id);
    connection->act([](Session& session, Effects& effects) { session.acknowledge_all(effects); });
    connection->flush();
    connection->close("drained");
}

}  // namespace gateway
