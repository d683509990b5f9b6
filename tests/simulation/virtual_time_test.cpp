#include "simulation/virtual_time.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <vector>

#include "simulation/world.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

TEST(VirtualTime, IsWhatTheStandardClocksShow) {
    World world{1};
    EXPECT_EQ(std::chrono::steady_clock::now(), virtual_time::steady_start);
    EXPECT_EQ(std::chrono::system_clock::now(), virtual_time::unix_start);
    world.run_for(1h);
    EXPECT_EQ(std::chrono::steady_clock::now(), virtual_time::steady_start + 1h);
    EXPECT_EQ(std::chrono::system_clock::now(), virtual_time::unix_start + 1h);
    EXPECT_EQ(base::SystemClock{}.unix_now(), virtual_time::unix_start + 1h);
}

TEST(VirtualTime, WakesTimersOfTheLoopToTheMicrosecond) {
    World world{1};
    std::vector<std::chrono::microseconds> woken;
    boost::asio::steady_timer late{world.loop(), 10min};
    boost::asio::steady_timer soon{world.loop(), 1500us};
    late.async_wait([&](const auto& error) {
        if (!error) woken.push_back(world.age());
    });
    soon.async_wait([&](const auto& error) {
        if (error) return;
        woken.push_back(world.age());
        soon.expires_after(1ms);
        soon.async_wait([&](const auto&) { woken.push_back(world.age()); });
    });
    world.run_for(1h);
    EXPECT_EQ(woken, (std::vector<std::chrono::microseconds>{1500us, 2500us, 10min}));
}

TEST(VirtualTime, TellsACancelledTimerAtOnce) {
    World world{1};
    boost::asio::steady_timer timer{world.loop(), 1min};
    std::vector<std::pair<bool, std::chrono::microseconds>> told;
    timer.async_wait([&](const auto& error) { told.emplace_back(bool{error}, world.age()); });
    world.after(1s, [&] { timer.cancel(); });
    world.run_for(10min);
    EXPECT_EQ(told, (decltype(told){{true, 1s}}));
}

TEST(VirtualTime, StartsAgainWithEachWorld) {
    {
        World world{1};
        boost::asio::steady_timer timer{world.loop(), 1min};
        timer.async_wait([](const auto&) {});
        world.run_for(30s);
    }
    World world{2};
    EXPECT_EQ(world.age(), 0s);
    bool ran = false;
    boost::asio::post(world.loop(), [&] { ran = true; });
    world.after(1ms, [] {});
    world.run_for(1s);
    EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace simulation
