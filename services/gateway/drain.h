#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "gateway/share_sink.h"

namespace gateway {

struct DrainSettings {
    /// Over how long connections are asked to leave. They come back to the others, where each
    /// costs a handshake.
    std::chrono::milliseconds spread{5'000};
    /// Ask with Reconnect, which many miners obey at once; some only see that it ends.
    bool sends_reconnect{true};
};

/// Who leaves when, while a gateway drains: each connection at a moment of its own by chance. It is
/// asked first, and ended when it has had the time to do it itself. Decides; the gateway acts.
class Drain {
  public:
    /// From asking to ending: a round trip, and the shares that were on their way.
    static constexpr std::chrono::milliseconds grace{1'000};
    /// A small gateway need not take all of the spread.
    static constexpr std::chrono::milliseconds spread_a_connection{10};

    Drain(const std::vector<ConnectionId>& connections, const DrainSettings& settings,
          base::Random& random, base::SteadyTime now);

    /// Those whose time has come, each once. Called every now and then.
    std::vector<ConnectionId> take_to_ask(base::SteadyTime now);
    std::vector<ConnectionId> take_to_end(base::SteadyTime now);
    /// Everybody has been asked and was to be ended.
    bool is_over() const { return to_ask_.empty() && to_end_.empty(); }

  private:
    struct Turn {
        base::SteadyTime at{};
        ConnectionId connection{};
        friend auto operator<=>(const Turn&, const Turn&) = default;
    };
    static std::vector<ConnectionId> take(std::deque<Turn>& from, base::SteadyTime now);

    std::deque<Turn> to_ask_{};  // both in the order of their times
    std::deque<Turn> to_end_{};
};

}  // namespace gateway
