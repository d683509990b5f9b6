#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "admin/live_rows.h"
#include "admin/view.h"
#include "base/clock.h"

namespace admin {

/// What the console tells each browser once a second, in parts that a page chooses from. The text
/// is made once for all browsers that know the same. Owned by ConsoleEvents.
class ConsoleTopics {
  public:
    enum Topic : std::size_t { problems, services, gateways, nodes, blocks };
    static constexpr std::size_t count = 5;
    static constexpr std::array<std::string_view, count> names{"problems", "services", "gateways",
                                                               "nodes", "blocks"};
    /// Of a collection as long as the pool's history, the newest or worst.
    static constexpr std::size_t rows_max = 100;

    /// What a browser knows of each topic; and, as bits, which it wants.
    using Known = std::array<LiveRows::Revision, count>;
    using Wanted = std::uint32_t;

    /// `boot` tells this process's revisions from those of one before it.
    ConsoleTopics(const View& view, std::uint64_t boot) : view_(view), boot_(boot) {}

    /// Looks at the view again.
    void look(base::UnixMicros now);

    /// Events for who knows `known`, which is brought up to date: the pool, what has changed of the
    /// wanted topics, and the time under an id that known_by() reads.
    const std::string& news(Known& known, Wanted wanted);

    /// The topics of a list such as "services,nodes"; problems always.
    static Wanted wanted_of(std::string_view list);
    /// What a browser knows that comes back with this id.
    Known known_by(std::string_view last_event_id) const;

  private:
    std::string id_of(const Known& known) const;

    const View& view_;
    std::uint64_t boot_;
    std::array<LiveRows, count> topics_{};
    std::string pool_{};
    std::string time_{};
    std::map<std::pair<Known, Wanted>, std::pair<std::string, Known>> made_{};
};

}  // namespace admin
