#include "gateway/departures.h"

#include <utility>

namespace gateway {

std::size_t Departures::add(std::vector<ConnectionId> connections,
                            const edge::DrainSettings& settings) {
    std::erase_if(connections, [this](ConnectionId id) { return !leaving_.insert(id).second; });
    if (!connections.empty())
        plans_.push_back(
            {{connections, settings, random_, clock_.steady_now()}, settings.answers_max()});
    return connections.size();
}

void Departures::cancel() {
    plans_.clear();
    leaving_.clear();
    for (const auto& ending : ending_) leaving_.insert(ending.connection);
}

void Departures::on_tick(base::SteadyTime now) {
    for (auto& [drain, answers_max] : plans_) {
        for (const auto id : drain.take_to_ask(now))
            if (auto* connection = front_.find(id))
                connection->act(
                    [](Session& session, Effects& effects) { session.ask_to_leave(effects); });
        for (const auto id : drain.take_to_end(now)) {
            if (auto* connection = front_.find(id)) connection->stop_reading();
            ending_.push_back({id, now + answers_max});
        }
    }
    std::erase_if(plans_, [](const auto& plan) { return plan.drain.is_over(); });
    std::erase_if(leaving_, [this](ConnectionId id) { return front_.find(id) == nullptr; });
}

void Departures::end_answered() {
    const auto now = clock_.steady_now();
    for (const auto& ending : std::exchange(ending_, {})) end_if_answered(ending, now);
}

/// What it has sent and we have read is answered first, and the answers are in its socket.
void Departures::end_if_answered(const Ending& ending, base::SteadyTime now) {
    auto* connection = front_.find(ending.connection);
    if (connection == nullptr) return;
    const bool is_late = now >= ending.until;
    if (connection->session()->has_unanswered() && !is_late) return ending_.push_back(ending);
    connection->act([](Session& session, Effects& effects) { session.acknowledge_all(effects); });
    connection->flush();
    if (connection->unsent() != 0 && !is_late) return ending_.push_back(ending);
    connection->end("drained");
}

}  // namespace gateway
