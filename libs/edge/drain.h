#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "edge/lingering.h"
#include "service/chassis.h"

namespace edge {

/// From asking to ending: a round trip, and the shares that were on their way.
inline constexpr std::chrono::milliseconds drain_grace{1'000};

struct DrainSettings {
    /// The service is not ready, but still takes who comes: who balances the load over several
    /// takes so long to see it.
    std::chrono::milliseconds notice{0};
    /// Over how long connections are asked to leave. They come back to the others, where each
    /// costs a handshake.
    std::chrono::milliseconds spread{5'000};
    /// A small service need not take all of the spread.
    std::chrono::milliseconds spread_a_connection{10};
    /// Ask with a reconnect message, which many miners obey at once; some only see that it ends.
    bool sends_reconnect{true};
    /// From asking the last one to the end of the process: the grace of each, answers, the end
    /// of its connection, and of the calls of others.
    std::chrono::milliseconds grace{15'000};

    /// What has been sent and read is answered within, or not any more.
    std::chrono::milliseconds answers_max() const {
        return std::max<std::chrono::milliseconds>(
            grace - drain_grace - Lingering::time_max - service::Chassis::closing_max, {});
    }
};

/// Who leaves when, while a service drains: each connection at a moment of its own by chance. It is
/// asked first, and ended when it has had the time to do it itself. Decides; the service acts.
/// `Id` names a connection there.
template <class Id>
class Drain {
  public:
    Drain(const std::vector<Id>& connections, const DrainSettings& settings, base::Random& random,
          base::SteadyTime now) {
        const auto count = static_cast<std::chrono::milliseconds::rep>(connections.size());
        const auto spread = std::min(settings.spread, settings.spread_a_connection * count);
        for (const auto& id : connections) {
            const auto share = static_cast<std::uint64_t>(spread.count()) + 1;
            const std::chrono::milliseconds wait{random.next_u64() % share};
            to_ask_.push_back({now + wait, id});
        }
        std::ranges::sort(to_ask_);
        const auto grace = settings.sends_reconnect ? drain_grace : drain_grace * 0;
        for (const auto& turn : to_ask_) to_end_.push_back({turn.at + grace, turn.connection});
        if (!settings.sends_reconnect) to_ask_.clear();
    }

    /// Those whose time has come, each once. Called every now and then.
    std::vector<Id> take_to_ask(base::SteadyTime now) { return take(to_ask_, now); }
    std::vector<Id> take_to_end(base::SteadyTime now) { return take(to_end_, now); }
    /// Everybody has been asked and was to be ended.
    bool is_over() const { return to_ask_.empty() && to_end_.empty(); }

  private:
    struct Turn {
        base::SteadyTime at{};
        Id connection{};
        friend auto operator<=>(const Turn&, const Turn&) = default;
    };
    static std::vector<Id> take(std::deque<Turn>& from, base::SteadyTime now) {
        std::vector<Id> taken;
        for (; !from.empty() && from.front().at <= now; from.pop_front())
            taken.push_back(from.front().connection);
        return taken;
    }

    std::deque<Turn> to_ask_{};  // both in the order of their times
    std::deque<Turn> to_end_{};
};

}  // namespace edge
