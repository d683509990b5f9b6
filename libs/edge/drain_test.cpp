#include "edge/drain.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/strong_id.h"

namespace edge {
namespace {

using namespace std::chrono_literals;

using ConnectionId = base::StrongId<struct ConnectionIdTag, std::uint64_t>;

constexpr base::SteadyTime start{1h};

std::vector<ConnectionId> connections(std::uint64_t count) {
    std::vector<ConnectionId> ids;
    for (std::uint64_t id = 1; id <= count; ++id) ids.push_back({id});
    return ids;
}

TEST(Drain, AsksEachConnectionOnceWithinTheSpreadAndNotAllTogether) {
    base::SeededRandom random{1};
    Drain<ConnectionId> drain{connections(1000), {.spread = 5s}, random, start};
    std::set<std::uint64_t> asked;
    std::size_t most = 0;
    for (auto now = start; now <= start + 5s; now += 100ms) {
        const auto wave = drain.take_to_ask(now);
        most = std::max(most, wave.size());
        for (const auto id : wave) EXPECT_TRUE(asked.insert(id.value).second);
    }
    EXPECT_EQ(asked.size(), 1000U);
    EXPECT_LT(most, 60U) << "about 20 in each tenth of a second";
    EXPECT_TRUE(drain.take_to_ask(start + 1h).empty());
}

TEST(Drain, EndsEachWhenItHasHadItsGrace) {
    base::SeededRandom random{2};
    Drain<ConnectionId> drain{connections(50), {.spread = 5s}, random, start};
    std::map<std::uint64_t, base::SteadyTime> asked;
    std::size_t ended = 0;
    for (auto now = start; !drain.is_over(); now += 1ms) {
        for (const auto id : drain.take_to_ask(now)) asked.emplace(id.value, now);
        for (const auto id : drain.take_to_end(now)) {
            EXPECT_EQ(now - asked.at(id.value), drain_grace);
            ++ended;
        }
    }
    EXPECT_EQ(ended, 50U);
}

TEST(Drain, AFewConnectionsDoNotTakeTheWholeSpread) {
    base::SeededRandom random{3};
    Drain<ConnectionId> drain{connections(3), {.spread = 1h}, random, start};
    EXPECT_EQ(drain.take_to_ask(start + 30ms).size(), 3U);
}

TEST(Drain, WithoutReconnectItOnlyEnds) {
    base::SeededRandom random{4};
    Drain<ConnectionId> drain{
        connections(100), {.spread = 500ms, .sends_reconnect = false}, random, start};
    EXPECT_TRUE(drain.take_to_ask(start + 1h).empty());
    EXPECT_LT(drain.take_to_end(start + 250ms).size(), 100U);
    drain.take_to_end(start + 500ms);
    EXPECT_TRUE(drain.is_over());
}

TEST(Drain, OfNobodyIsOver) {
    base::SeededRandom random{5};
    EXPECT_TRUE(Drain<ConnectionId>({}, {}, random, start).is_over());
}

}  // namespace
}  // namespace edge
