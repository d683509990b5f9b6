#include "gateway/acknowledgement.h"

#include <gtest/gtest.h>

#include "gateway/session_testing.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using Channels = std::vector<std::uint32_t>;

constexpr base::SteadyTime start{};

Channels due(AcknowledgementQueue& queue, base::SteadyTime now) {
    Channels taken{99};  // what is left in it is not taken
    queue.take_due(now, taken);
    return taken;
}
Channels all(AcknowledgementQueue& queue) {
    Channels taken{99};
    queue.take_all(taken);
    return taken;
}

TEST(Acknowledgement, C178_SumsAreFlooredAndFractionsCarried) {
    constexpr bitcoin::Difficulty third{0x55555555};
    Acknowledgement acknowledgement;
    std::uint64_t told = 0;
    bitcoin::DifficultySum exact;
    for (std::uint32_t batch = 0; batch < 100; ++batch) {
        EXPECT_TRUE(acknowledgement.is_empty());
        for (std::uint32_t i = 0; i < 2; ++i) {
            acknowledgement.add(batch * 2 + i, third);
            exact += third;
        }
        const auto taken = acknowledgement.take();
        EXPECT_EQ(taken.count, 2U);
        EXPECT_EQ(taken.last_sequence_number, batch * 2 + 1);
        told += taken.whole_difficulty;
        EXPECT_EQ(told, exact.whole());
    }
    EXPECT_GT(told, 60U);
}

TEST(AcknowledgementQueue, HoldsNothingBackByDefault) {
    AcknowledgementQueue queue{{}};
    queue.on_accepted(7, 1, false);
    queue.on_accepted(7, 2, false);
    queue.on_accepted(5, 1, false);
    EXPECT_EQ(due(queue, start), (Channels{5, 7}));
    EXPECT_TRUE(queue.is_empty());
    EXPECT_EQ(due(queue, start), Channels{});
}

TEST(AcknowledgementQueue, HoldsUntilThereAreEnough) {
    AcknowledgementQueue queue{{.count = 3}};
    queue.on_accepted(7, 1, false);
    queue.on_accepted(7, 2, false);
    EXPECT_EQ(due(queue, start + 24h), Channels{}) << "one short";
    queue.on_accepted(7, 3, false);
    EXPECT_EQ(due(queue, start + 24h), Channels{7});
    EXPECT_TRUE(queue.is_empty());
}

TEST(AcknowledgementQueue, ABoundMayBeAsSmallAsItCanBe) {
    AcknowledgementQueue each{{.count = 1}};
    each.on_accepted(7, 1, false);
    EXPECT_EQ(due(each, start), Channels{7});
    EXPECT_TRUE(each.is_empty());
    AcknowledgementQueue brief{{.time = 1ms}};
    brief.on_accepted(7, 1, false);
    EXPECT_EQ(due(brief, start), Channels{});
    EXPECT_EQ(due(brief, start + 1ms), Channels{7});
}

TEST(AcknowledgementQueue, NamesAChannelOnceHoweverManySharesComeOnceItIsFull) {
    AcknowledgementQueue queue{{.count = 2}};
    for (std::uint32_t count = 1; count <= 4; ++count) queue.on_accepted(7, count, false);
    EXPECT_EQ(due(queue, start), Channels{7});
    for (std::uint32_t count = 1; count <= 4; ++count) queue.on_accepted(7, count, false);
    EXPECT_EQ(all(queue), Channels{7});
    EXPECT_TRUE(queue.is_empty());
}

TEST(AcknowledgementQueue, HoldsUntilTheFirstHasWaitedLongEnough) {
    AcknowledgementQueue queue{{.time = 5s}};
    queue.on_accepted(7, 1, false);
    EXPECT_EQ(due(queue, start), Channels{});
    queue.on_accepted(7, 2, false);
    queue.on_accepted(8, 1, false);
    EXPECT_EQ(due(queue, start + 1s), Channels{});
    EXPECT_EQ(due(queue, start + 4999ms), Channels{});
    EXPECT_EQ(due(queue, start + 5s), Channels{7}) << "the later share waits no longer";
    EXPECT_EQ(due(queue, start + 5999ms), Channels{});
    EXPECT_EQ(due(queue, start + 6s), Channels{8});
    EXPECT_TRUE(queue.is_empty());
}

TEST(AcknowledgementQueue, WithBothBoundsTheFirstOneCounts) {
    AcknowledgementQueue queue{{.count = 2, .time = 5s}};
    queue.on_accepted(7, 1, false);
    queue.on_accepted(8, 1, false);
    EXPECT_EQ(due(queue, start), Channels{});
    queue.on_accepted(7, 2, false);
    EXPECT_EQ(due(queue, start + 1s), Channels{7});
    queue.on_accepted(7, 1, false);
    EXPECT_EQ(due(queue, start + 2s), Channels{});
    EXPECT_EQ(due(queue, start + 5s), Channels{8}) << "7 began to wait anew";
    EXPECT_EQ(due(queue, start + 7s), Channels{7});
}

TEST(AcknowledgementQueue, ABlockIsSaidAtOnceWithWhatWaitedBeforeIt) {
    AcknowledgementQueue queue{{.count = 100, .time = 1h}};
    queue.on_accepted(7, 1, false);
    EXPECT_EQ(due(queue, start), Channels{});
    queue.on_accepted(7, 2, true);
    EXPECT_EQ(due(queue, start), Channels{7});
    queue.on_accepted(8, 1, true);
    EXPECT_EQ(due(queue, start), Channels{8});
    EXPECT_TRUE(queue.is_empty());
}

TEST(AcknowledgementQueue, GivesThoseThatAreFullAndThoseThatWaitedInOneOrder) {
    AcknowledgementQueue queue{{.count = 2, .time = 5s}};
    queue.on_accepted(7, 1, false);
    due(queue, start);
    queue.on_accepted(8, 1, true);
    EXPECT_EQ(due(queue, start + 5s), (Channels{7, 8}));
    queue.on_accepted(7, 1, false);
    due(queue, start + 6s);
    queue.on_accepted(8, 1, false);
    queue.on_accepted(9, 1, true);
    EXPECT_EQ(all(queue), (Channels{7, 8, 9}));
}

TEST(AcknowledgementQueue, GivesAllWhenAsked) {
    AcknowledgementQueue queue{{.count = 2, .time = 5s}};
    queue.on_accepted(9, 1, false);
    due(queue, start);
    queue.on_accepted(8, 1, false);
    queue.on_accepted(7, 1, true);
    EXPECT_EQ(all(queue), (Channels{7, 8, 9}));
    EXPECT_TRUE(queue.is_empty());
}

class HoldTest : public SessionTest {
  protected:
    HoldTest() : SessionTest({}, {.hold = {.count = 3, .time = 5s}}) {}
    void accept(const bus::ChannelOpen& open, std::uint32_t sequence, base::SteadyTime now,
                bool solves_block = false) {
        session.on_verdict(open.key, sequence,
                           {.error = {}, .difficulty = {2ULL << 32}, .solves_block = solves_block},
                           effects);
        session.on_verdicts_end(now, effects);
    }
};

TEST_F(HoldTest, C176_C177_SeveralBatchesAreAcknowledgedTogether) {
    set_up();
    const auto open = open_standard();
    effects.clear();
    accept(open, 1, start);
    accept(open, 2, start + 1s);
    EXPECT_TRUE(effects.frames.empty());
    accept(open, 3, start + 2s);
    const auto success = only<sv2::SubmitSharesSuccess>();
    EXPECT_EQ(success.last_sequence_number, 3U);
    EXPECT_EQ(success.new_submits_accepted_count, 3U);
    EXPECT_EQ(success.new_shares_sum, 6U);
    effects.clear();
    accept(open, 4, start + 3s);
    session.on_time(start + 7999ms, effects);
    EXPECT_TRUE(effects.frames.empty());
    session.on_time(start + 8s, effects);
    EXPECT_EQ(only<sv2::SubmitSharesSuccess>().new_submits_accepted_count, 1U);
    effects.clear();
    session.on_time(start + 1h, effects);
    EXPECT_TRUE(effects.frames.empty());
}

TEST_F(HoldTest, ARejectedShareIsAnsweredAtOnceAndABlockToo) {
    set_up();
    const auto open = open_standard();
    effects.clear();
    accept(open, 1, start);
    session.on_verdict(open.key, 2, {.error = mining::ShareError::duplicate_share}, effects);
    EXPECT_EQ(heard_names(), std::vector<std::string>{"SubmitShares.Error"});
    effects.clear();
    accept(open, 3, start, true);
    EXPECT_EQ(only<sv2::SubmitSharesSuccess>().new_submits_accepted_count, 2U);
}

TEST_F(HoldTest, WhatIsHeldIsSaidBeforeTheMinerIsAskedToLeaveOrItsChannelsAreClosed) {
    set_up();
    const auto open = open_standard();
    accept(open, 1, start);
    effects.clear();
    session.ask_to_leave(effects);
    EXPECT_EQ(heard_names(), (std::vector<std::string>{"SubmitShares.Success", "Reconnect"}));
    const auto reconnect = only<sv2::Reconnect>();
    EXPECT_EQ(reconnect.new_host, "");
    EXPECT_EQ(reconnect.new_port, 0);
    accept(open, 2, start);
    effects.clear();
    session.acknowledge_all(effects);
    EXPECT_EQ(heard_names(), std::vector<std::string>{"SubmitShares.Success"})
        << "it went on until it is ended";
    accept(open, 3, start);
    effects.clear();
    session.close_all_channels("no-template", effects);
    EXPECT_EQ(heard_names(), (std::vector<std::string>{"SubmitShares.Success", "CloseChannel"}));
}

TEST_F(HoldTest, C127_WhatIsHeldForAChannelThatItsMinerClosesIsNotSaid) {
    set_up();
    const auto open = open_standard();
    accept(open, 1, start);
    say(sv2::CloseChannel{.channel_id = {open.channel_id}, .reason_code = "bye"});
    session.on_time(start + 1h, effects);
    EXPECT_TRUE(effects.frames.empty());
}

}  // namespace
}  // namespace gateway
