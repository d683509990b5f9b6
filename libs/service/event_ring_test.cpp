#include "service/event_ring.h"

#include <gtest/gtest.h>

#include <thread>

namespace service {
namespace {

base::SteadyTime at(std::uint64_t tick) {
    return base::SteadyTime{std::chrono::nanoseconds{tick}};
}

TEST(EventRing, KeepsTheOrderOfFewEvents) {
    EventRing ring;
    EXPECT_TRUE(ring.events().empty());
    ring.add(at(1), "accepted", 7);
    ring.add(at(2), "closed", 8);
    const auto events = ring.events();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].what, "accepted");
    EXPECT_EQ(events[0].id, 7U);
    EXPECT_EQ(events[1].at, at(2));
}

TEST(EventRing, ForgetsTheOldestOfMany) {
    EventRing ring;
    for (std::uint64_t i = 1; i <= 3 * EventRing::size + 5; ++i) ring.add(at(i), "turn", i);
    const auto events = ring.events();
    ASSERT_EQ(events.size(), EventRing::size);
    EXPECT_EQ(events.front().id, 2 * EventRing::size + 6);
    EXPECT_EQ(events.back().id, 3 * EventRing::size + 5);
}

TEST(EventRing, NeverShowsHalfAnEventToAnotherThread) {
    EventRing ring;
    std::atomic<bool> done{false};
    std::thread writer{[&] {
        for (std::uint64_t i = 1; i <= 200'000; ++i) ring.add(at(i), "turn", i);
        done = true;
    }};
    bool whole = true;
    do {
        for (const auto& event : ring.events()) whole = whole && event.at == at(event.id);
    } while (!done);
    writer.join();
    EXPECT_TRUE(whole);
}

}  // namespace
}  // namespace service
