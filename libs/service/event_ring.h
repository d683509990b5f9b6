#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace service {

/// The last events of a loop, for who asks what it did before it stood still. One thread writes
/// without ever waiting; any thread may read, also while the writer is stuck.
class EventRing {
  public:
    static constexpr std::size_t size = 256;

    struct Event {
        base::SteadyTime at{};
        std::string_view what{};
        std::uint64_t id = 0;
    };

    /// `what` is a literal, since it is kept by address; `id` is what an operator searches for.
    /// Only the loop's thread.
    template <std::size_t N>
    void add(base::SteadyTime at, const char (&what)[N], std::uint64_t id = 0) {
        put(at, what, id);
    }

    /// Oldest first. An event that is overwritten during the call is left out. Any thread.
    std::vector<Event> events() const;

  private:
    // A slot is whole when both numbers are the event's own: begun is written first, done last.
    struct Slot {
        std::atomic<std::uint64_t> begun{0};
        std::atomic<std::int64_t> at{0};
        std::atomic<const char*> what{nullptr};
        std::atomic<std::uint64_t> id{0};
        std::atomic<std::uint64_t> done{0};
    };

    void put(base::SteadyTime at, const char* what, std::uint64_t id);

    std::array<Slot, size> slots_{};
    std::atomic<std::uint64_t> written_{0};
};

}  // namespace service
