#include "redis/confirmations.h"

#include <gtest/gtest.h>

namespace redis {
namespace {

using namespace std::chrono_literals;

class ConfirmationsTest : public testing::Test {
  protected:
    Confirmations::Shared add(std::uint32_t replicas = 1, std::chrono::milliseconds timeout = 5ms) {
        auto command = std::make_shared<Unconfirmed>();
        command->replicas = replicas;
        command->timeout = timeout;
        command->done = [this](const auto& result) {
            ++answered;
            if (result) reached = result->replicas;
        };
        book.add(command);
        return command;
    }
    Confirmations book{};
    int answered = 0;
    std::int64_t reached = -1;
};

TEST_F(ConfirmationsTest, OneWaitIsUnderWayAndTheNextSpeaksOfAllThatCameMeanwhile) {
    EXPECT_FALSE(book.take());
    add();
    EXPECT_EQ(book.take()->commands.size(), 1U);
    for (int i = 0; i < 3; ++i) add();
    EXPECT_FALSE(book.take());
    book.is_answered();
    EXPECT_EQ(book.take()->commands.size(), 3U);
    book.is_answered();
    EXPECT_FALSE(book.take());
}

TEST_F(ConfirmationsTest, AGroupWaitsForAsMuchAsTheStrictestOfIt) {
    add(1, 500ms);
    add(2, 5ms);
    const auto group = book.take();
    EXPECT_EQ(group->replicas, 2U);
    EXPECT_EQ(group->timeout, 500ms);
}

TEST_F(ConfirmationsTest, WhatHasFailedIsAnsweredOnceAndNotWaitedFor) {
    const auto command = add();
    command->fail({RedisError::error_reply, "no"});
    command->fail({RedisError::disconnected, "gone"});
    command->confirm(1);
    EXPECT_EQ(answered, 1);
    EXPECT_EQ(reached, -1);
    EXPECT_FALSE(book.take());
}

TEST_F(ConfirmationsTest, ALostConnectionLeavesWhatWasNotSent) {
    const auto sent = add();
    const auto held = add();
    sent->reply = Reply{1};
    const auto lost = book.take_answered();
    ASSERT_EQ(lost.size(), 1U);
    EXPECT_EQ(lost[0], sent);
    const auto group = book.take();
    ASSERT_EQ(group->commands.size(), 1U);
    EXPECT_EQ(group->commands[0], held);
    held->reply = Reply{2};
    held->confirm(1);
    EXPECT_EQ(reached, 1);
}

}  // namespace
}  // namespace redis
