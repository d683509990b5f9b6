#include "gateway/drain.h"

#include <algorithm>

namespace gateway {

Drain::Drain(const std::vector<ConnectionId>& connections, const DrainSettings& settings,
             base::Random& random, base::SteadyTime now) {
    const auto count = static_cast<std::chrono::milliseconds::rep>(connections.size());
    const auto spread = std::min(settings.spread, spread_a_connection * count);
    for (const auto id : connections) {
        const auto share = static_cast<std::uint64_t>(spread.count()) + 1;
        const std::chrono::milliseconds wait{random.next_u64() % share};
        to_ask_.push_back({now + wait, id});
    }
    std::ranges::sort(to_ask_);
    for (const auto& turn : to_ask_)
        to_end_.push_back(
            {turn.at + (settings.sends_reconnect ? grace : grace * 0), turn.connection});
    if (!settings.sends_reconnect) to_ask_.clear();
}

std::vector<ConnectionId> Drain::take(std::deque<Turn>& from, base::SteadyTime now) {
    std::vector<ConnectionId> taken;
    for (; !from.empty() && from.front().at <= now; from.pop_front())
        taken.push_back(from.front().connection);
    return taken;
}

std::vector<ConnectionId> Drain::take_to_ask(base::SteadyTime now) {
    return take(to_ask_, now);
}

std::vector<ConnectionId> Drain::take_to_end(base::SteadyTime now) {
    return take(to_end_, now);
}

}  // namespace gateway
