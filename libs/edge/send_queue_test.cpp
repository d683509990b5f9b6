#include "edge/send_queue.h"

#include <gtest/gtest.h>

namespace edge {
namespace {

using namespace std::chrono_literals;

constexpr base::SteadyTime start{1000s};

base::Bytes some(std::size_t size) {
    return base::Bytes(size, std::byte{7});
}

TEST(SendQueue, GivesBackItsMemoryWhenAllIsTaken) {
    SendQueue queue;
    base::append(queue.tail(), some(100'000));
    queue.took(100'000, start);
    EXPECT_TRUE(queue.is_empty());
    EXPECT_LE(queue.memory(), 1024U);
}

TEST(SendQueue, GrowsInStepsWhenItIsLong) {
    SendQueue queue;
    while (queue.unread_size() < 1'000'000) {
        queue.make_room(100);
        base::append(queue.tail(), some(100));
        const auto doubled = std::min<std::size_t>(queue.unread_size(), 64 * 1024);
        ASSERT_LE(queue.memory(), queue.unread_size() + std::max<std::size_t>(doubled, 100));
    }
}

TEST(SendQueue, LendsItsMemory) {
    SendQueue queue;
    base::Bytes buffer;
    buffer.reserve(500);
    queue.lend(std::move(buffer));
    base::append(queue.tail(), some(400));
    EXPECT_EQ(queue.memory(), 500U) << "nothing new was needed";
    queue.took(400, start);
    EXPECT_EQ(queue.give_back().capacity(), 500U);
    EXPECT_EQ(queue.memory(), 0U);
}

TEST(SendQueue, KeepsTheOrderAndBoundsItsMemoryForAPeerThatNeverCatchesUp) {
    SendQueue queue;
    std::uint8_t next_in = 0;
    std::uint8_t next_out = 0;
    for (int round = 0; round < 2'000; ++round) {
        while (queue.unread_size() < 200'000) queue.tail().push_back(std::byte{next_in++});
        for (int i = 0; i < 1'000; ++i) {
            ASSERT_EQ(queue.unread().front(), std::byte{next_out++});
            queue.took(1, start);
        }
    }
    EXPECT_LE(queue.memory(), 4U * 200'000U) << "two million bytes went through";
}

TEST(SendQueue, WatchesAPeerFromTheFirstTimeItTakesNothing) {
    SendQueue queue;
    base::append(queue.tail(), some(10));
    EXPECT_FALSE(queue.waiting_since());
    queue.blocked(start);
    queue.blocked(start + 5s);
    EXPECT_EQ(queue.waiting_since(), start);
    queue.took(10, start + 6s);
    EXPECT_FALSE(queue.waiting_since());
}

TEST(SendQueue, IsNotFooledByAByteASecond) {
    SendQueue queue;
    base::append(queue.tail(), some(1'000));
    queue.blocked(start);
    for (int second = 1; second <= 999; ++second) {
        base::append(queue.tail(), some(10));
        queue.took(1, start + std::chrono::seconds{second});
        ASSERT_EQ(queue.waiting_since(), start);
    }
    queue.took(1, start + 1000s);
    EXPECT_EQ(queue.waiting_since(), start + 1000s) << "now it owes what has come since";
}

}  // namespace
}  // namespace edge
