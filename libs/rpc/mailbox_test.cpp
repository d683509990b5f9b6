#include "rpc/mailbox.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace rpc {
namespace {

TEST(Mailbox, RunsMessagesOnTheLoopInTheOrderPosted) {
    boost::asio::io_context loop;
    Mailbox mailbox{loop};
    std::vector<int> seen;
    const auto loop_thread = std::this_thread::get_id();
    std::thread other{[&, sender = mailbox.sender()] {
        for (int i = 0; i < 1000; ++i)
            sender.post([&, i] {
                EXPECT_EQ(std::this_thread::get_id(), loop_thread);
                seen.push_back(i);
            });
    }};
    while (seen.size() < 1000) loop.run_one();
    other.join();
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST(Mailbox, LosesNothingWhenManyThreadsPost) {
    boost::asio::io_context loop;
    Mailbox mailbox{loop};
    int seen = 0;
    std::vector<std::thread> others;
    for (int t = 0; t < 4; ++t)
        others.emplace_back([&seen, sender = mailbox.sender()] {
            for (int i = 0; i < 5000; ++i) sender.post([&seen] { ++seen; });
        });
    while (seen < 20000) loop.run_one();
    for (auto& other : others) other.join();
    EXPECT_EQ(seen, 20000);
}

TEST(Mailbox, RefusesAndDestroysMessagesOnceItIsClosed) {
    boost::asio::io_context loop;
    std::optional<Mailbox> mailbox{std::in_place, loop};
    const auto sender = mailbox->sender();
    const auto token = std::make_shared<int>(0);
    ASSERT_TRUE(sender.post([token] { FAIL() << "ran after the mailbox closed"; }));
    EXPECT_EQ(token.use_count(), 2);
    mailbox.reset();
    EXPECT_EQ(token.use_count(), 1);
    EXPECT_FALSE(sender.post([token] { FAIL() << "ran after the mailbox closed"; }));
    EXPECT_EQ(token.use_count(), 1);
    loop.run();
}

TEST(Mailbox, MayBeDestroyedByOneOfItsMessages) {
    boost::asio::io_context loop;
    std::optional<Mailbox> mailbox{std::in_place, loop};
    const auto sender = mailbox->sender();
    bool later = false;
    sender.post([&] { mailbox.reset(); });
    sender.post([&] { later = true; });
    loop.run();
    EXPECT_FALSE(mailbox.has_value());
    EXPECT_FALSE(later);
}

}  // namespace
}  // namespace rpc
