#include <string>

#include "front_testing.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

/// What a peer may cost, over real sockets: who passes a limit is closed, or waits, with a reason
/// that is counted, and a miner beside it does not notice.
class LimitsTest : public FrontTest {
  protected:
    void expect_served(TestMiner& miner) {
        miner.heard();
        miner.say(sv2::UpdateChannel{.channel_id = {99}});
        EXPECT_TRUE(run_until(loop, [&] { return !miner.heard().empty(); })) << "others notice";
    }
    bool is_any_backed_up() {
        bool found = false;
        front->for_each([&](Connection& connection) { found |= connection.is_backed_up(); });
        return found;
    }
    /// An UpdateChannel with the n-th of ever smaller maximum targets: each is new work.
    static sv2::UpdateChannel harder(std::uint32_t channel, std::uint32_t n) {
        sv2::UpdateChannel update{.channel_id = {channel}};
        for (std::size_t i = 0; i < 4; ++i)
            update.maximum_target[24 + i] = static_cast<std::byte>(~n >> (8 * i));
        return update;
    }
};

TEST_F(LimitsTest, AFloodOfOpensIsNotReadUntilSomeAreAnswered) {
    limits.session.pending_opens_max = 20;
    open();
    const auto good = connect_and_set_up();
    const auto greedy = connect_and_set_up();
    base::Bytes flood;
    for (int i = 0; i < 2'000; ++i)
        base::append(flood, greedy->sealed(sv2::OpenStandardMiningChannel{.user_identity = "u"}));
    greedy->send_raw(flood);
    loop.run_for(100ms);
    const auto read_at_once = sink.opens.size();
    EXPECT_GE(read_at_once, 20U);
    EXPECT_LT(read_at_once, 1'500U) << "one read of the socket, and no more";
    front->drained();
    loop.run_for(50ms);
    EXPECT_EQ(sink.opens.size(), read_at_once);
    expect_served(*good);
    for (const auto& open : std::vector{sink.opens}) answer(open);
    front->drained();
    EXPECT_TRUE(run_until(loop, [&] { return sink.opens.size() > read_at_once; })) << "goes on";
    EXPECT_EQ(front->connections(), 2U);
}

TEST_F(LimitsTest, WhoAsksTooFastIsReadMoreSlowly) {
    limits.requests = {.per_second = 1'000, .burst = 100};
    open();
    const auto good = connect_and_set_up();
    const auto hasty = connect_and_set_up();
    base::Bytes flood;
    for (int i = 0; i < 1'000; ++i)
        base::append(flood, hasty->sealed(sv2::UpdateChannel{.channel_id = {99}}));
    hasty->send_raw(flood);
    std::size_t answers = 0;
    const auto listen = [&] {
        loop.restart();
        loop.run_for(50ms);
        answers += hasty->heard().size();
        return answers;
    };
    const auto at_once = listen();
    EXPECT_GE(at_once, 100U);
    EXPECT_LE(at_once, 500U) << "a burst, and one read of the socket";
    EXPECT_EQ(listen(), at_once) << "then no more";
    EXPECT_EQ(scraped("adit_gateway_reading_paused_total{reason=\"requests\"}"), "1");
    expect_served(*good);
    clock.advance(1s);
    EXPECT_GT(listen(), at_once) << "and more as time passes";
    for (int second = 0; second < 3; ++second) {
        clock.advance(1s);
        listen();
    }
    EXPECT_EQ(answers, 1'000U) << "nothing is lost";
    EXPECT_EQ(front->connections(), 2U);
}

TEST_F(LimitsTest, WhoAsksNearlyTooFastIsReadInSmallBites) {
    limits.requests = {.per_second = 1'000, .burst = 100};
    open();
    const auto hasty = connect_and_set_up();
    base::Bytes flood;
    for (int i = 0; i < 1'000; ++i)
        base::append(flood, hasty->sealed(sv2::UpdateChannel{.channel_id = {99}}));
    hasty->send_raw(flood);
    EXPECT_TRUE(run_until(loop, [&] { return hasty->heard().size() > 100; })) << "the burst";
    std::size_t answers = 0;
    std::size_t at_once = 0;
    auto last = std::chrono::steady_clock::now();
    EXPECT_TRUE(run_until(loop, [&] {
        const auto now = std::chrono::steady_clock::now();
        // Ours and no longer: a busy machine may not run us for as long as the burst lasts.
        clock.advance(std::min<std::chrono::microseconds>(
            std::chrono::duration_cast<std::chrono::microseconds>(now - last), 5ms));
        last = now;
        const auto more = hasty->heard().size();
        at_once = std::max(at_once, more);
        return (answers += more) > 400;
    }));
    EXPECT_LE(at_once, 40U) << "others would wait for the rest of them";
}

TEST_F(LimitsTest, MoreChannelsThanAConnectionMayHaveEndIt) {
    limits.session.channels_max = 50;
    open();
    const auto good = connect_and_set_up();
    const auto greedy = connect_and_set_up();
    for (int i = 0; i < 50; ++i) open_channel(*greedy);
    EXPECT_EQ(front->connections(), 2U);
    greedy->say(sv2::OpenStandardMiningChannel{.user_identity = "one too many"});
    expect_closed("too-many-channels", 1);
    expect_served(*good);
}

TEST_F(LimitsTest, TheEndOfManyChannelsDoesNotKeepOthersWaiting) {
    open();
    const auto good = connect_and_set_up();
    auto large = connect_and_set_up();
    base::Bytes opens;
    for (int i = 0; i < 900; ++i)
        base::append(opens, large->sealed(sv2::OpenStandardMiningChannel{.user_identity = "u"}));
    large->send_raw(opens);
    ASSERT_TRUE(run_until(loop, [&] { return sink.opens.size() == 900; }));
    for (std::size_t i = 0; i < 450; ++i) answer(sink.opens[i]);
    large.reset();
    ASSERT_TRUE(run_until(loop, [&] { return sink.closes != 0; }));
    EXPECT_LE(sink.closes, 100U);
    EXPECT_EQ(front->connections(), 1U);
    EXPECT_FALSE(front->is_empty());
    good->say(sv2::UpdateChannel{.channel_id = {99}});
    loop.restart();
    while (good->heard().empty()) loop.run_one();
    EXPECT_LT(sink.closes, 900U) << "they do not come first";
    EXPECT_TRUE(run_until(loop, [&] { return sink.closes == 900; }));
}

TEST_F(LimitsTest, ManyThatAreLateDoNotKeepOthersWaiting) {
    limits.connections_per_address_max = 200;
    open();
    const auto good = connect_and_set_up();
    open_channel(*good);
    std::vector<std::unique_ptr<TestMiner>> crowd;
    for (int i = 0; i < 100; ++i) crowd.push_back(connect());
    clock.advance(11s);
    ASSERT_TRUE(run_until(loop, [&] { return closed("handshake-deadline") != 0; }));
    EXPECT_LE(closed("handshake-deadline"), 8U);
    EXPECT_TRUE(run_until(loop, [&] { return closed("handshake-deadline") == 100; }));
    expect_served(*good);
}

TEST_F(LimitsTest, OpeningAndClosingWithoutEndDoesNotGatherMemory) {
    limits.session.channels_max = 10;
    open();
    const auto busy = connect_and_set_up();
    std::size_t after_fifty = 0;
    for (std::uint32_t i = 0; i < 500; ++i) {
        open_channel(*busy);
        busy->say(sv2::CloseChannel{.channel_id = {sink.opens.back().channel_id},
                                    .reason_code = "again"});
        expect_served(*busy);
        if (i == 50) after_fifty = front->memory();
    }
    // What is left to grow are the jobs, one for each channel that there was.
    EXPECT_LE(front->memory() - after_fifty, 450 * (sizeof(SentJob) + 64));
}

TEST_F(LimitsTest, EndlessNewWorkWithoutANewTipEndsTheConnection) {
    limits.memory_max = 300'000;
    open();
    const auto good = connect_and_set_up();
    const auto greedy = connect_and_set_up();
    open_channel(*greedy);
    for (std::uint32_t n = 0; n < 20'000 && front->connections() == 2; ++n) {
        greedy->say(harder(sink.opens.back().channel_id, n));
        loop.poll();
        greedy->receive();
    }
    expect_closed("too-much-memory", 1);
    expect_served(*good);
}

TEST_F(LimitsTest, APeerThatReadsAByteASecondIsStalledAllTheSame) {
    open();
    const auto good = connect_and_set_up();
    const auto slow = connect_and_set_up();
    open_channel(*slow);
    const auto id = sink.opens.back().channel_id;
    slow->hardly_receive();
    // Until the kernel's buffers are full: it is owed something.
    for (std::uint32_t n = 0; n < 20'000 && !is_any_backed_up(); ++n) {
        slow->say(harder(id, n));
        loop.poll();
    }
    ASSERT_TRUE(is_any_backed_up());
    ASSERT_EQ(front->connections(), 2U);
    for (int second = 0; second < 31; ++second) {
        slow->take_one_byte();
        clock.advance(1s);
        loop.run_for(10ms);
    }
    expect_closed("write-stall", 1);
    expect_served(*good);
}

TEST_F(LimitsTest, AThousandThatConnectAndSayNothingKeepNobodyOut) {
    limits.connections_per_address_max = 400;
    limits.handshakes_max = 500;
    open();
    const auto good = connect_and_set_up();
    std::vector<std::unique_ptr<TestMiner>> silent;
    for (int i = 0; i < 1'000; ++i) {
        const auto address = "127.0.1." + std::to_string(1 + i % 3);
        silent.push_back(std::make_unique<TestMiner>(front->port(), address.c_str()));
        loop.poll();
    }
    EXPECT_TRUE(run_until(loop, [&] { return closed("crowded-out") == 500; }));
    EXPECT_EQ(front->connections(), 501U);
    expect_served(*good);
    const auto newcomer = std::make_unique<TestMiner>(front->port());
    EXPECT_TRUE(run_until(loop, [&] { return closed("crowded-out") == 501; }));
    shake_hands_and_set_up(*newcomer);
    EXPECT_EQ(closed("crowded-out"), 501U) << "the oldest of the silent ones made room";
    expect_served(*newcomer);
    open_channel(*newcomer);
    open_channel(*good);
    clock.advance(11s);
    EXPECT_TRUE(run_until(loop, [&] { return closed("handshake-deadline") == 499; }));
    EXPECT_EQ(front->connections(), 2U);
    EXPECT_EQ(scraped("adit_gateway_handshakes_total{result=\"ok\"}"), "2");
}

TEST_F(LimitsTest, HandshakesThatComeAtOnceDoNotKeepOthersWaiting) {
    limits.connections_per_address_max = 200;
    open();
    const auto good = connect_and_set_up();
    std::vector<std::unique_ptr<TestMiner>> crowd;
    for (int i = 0; i < 100; ++i) crowd.push_back(connect());
    for (const auto& one : crowd) one->begin_handshake(identity.authority, random);
    loop.restart();
    while (metrics.handshakes.with({"ok"}).value() < 2) loop.run_one();
    good->say(sv2::UpdateChannel{.channel_id = {99}});
    while (good->heard().empty()) loop.run_one();
    EXPECT_LT(metrics.handshakes.with({"ok"}).value(), 20U) << "the other 90 wait behind it";
    EXPECT_TRUE(run_until(loop, [&] { return metrics.handshakes.with({"ok"}).value() == 101; }));
}

TEST_F(LimitsTest, SegmentsThatEndInTheMiddleOfAFrameAreNotLateFrames) {
    open();
    const auto miner = connect_and_set_up();
    open_channel(*miner);
    base::Bytes rest;
    for (int i = 0; i < 10; ++i) {
        base::append(rest, miner->sealed(sv2::UpdateChannel{.channel_id = {99}}));
        const auto until = rest.size() - 7;
        miner->send_raw(base::ByteView{rest}.first(until));
        rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(until));
        loop.run_for(20ms);
        clock.advance(10s);
    }
    loop.run_for(1100ms);
    EXPECT_EQ(front->connections(), 1U);
}

TEST_F(LimitsTest, WhoIsNotReadIsNotLate) {
    open();
    const auto miner = connect_and_set_up();
    sink.full = true;
    const auto frame = miner->sealed(sv2::UpdateChannel{.channel_id = {99}});
    miner->send_raw(base::ByteView{frame}.first(10));
    loop.run_for(50ms);
    miner->send_raw(base::ByteView{frame}.subspan(10));
    clock.advance(10min);
    loop.run_for(1100ms);
    EXPECT_EQ(front->connections(), 1U) << "it is us who do not read";
    sink.full = false;
    front->drained();
    EXPECT_TRUE(run_until(loop, [&] { return !miner->heard().empty(); }));
    clock.advance(61s);
    expect_closed("no-channel-deadline", 0);
}

}  // namespace
}  // namespace gateway
