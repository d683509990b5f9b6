#include <algorithm>
#include <set>
#include <vector>

#include "front_testing.h"
#include "sv2/job_declaration_messages.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

TEST_F(FrontTest, C054_AHandshakeThatIsNotFinishedInTimeEnds) {
    open();
    const auto good = connect_and_set_up();
    const auto silent = connect();
    silent->send_raw(base::as_bytes("half of act 1"));
    loop.poll();
    clock.advance(11s);
    expect_closed("handshake-deadline", 1);
    EXPECT_FALSE(silent->receive());
    EXPECT_EQ(metrics.handshakes.with({"ok"}).value(), 1U);
}

TEST_F(FrontTest, APeerThatSetsNothingUpOrOpensNothingEnds) {
    open();
    const auto idle = connect_and_shake_hands();
    clock.advance(11s);
    expect_closed("setup-deadline", 0);
    const auto empty = connect_and_set_up();
    clock.advance(59s);
    loop.run_for(1100ms);
    EXPECT_EQ(front->connections(), 1U);
    clock.advance(2s);
    expect_closed("no-channel-deadline", 0);
}

TEST_F(FrontTest, AMinerWithAChannelMayBeSilentForLong) {
    open();
    const auto miner = connect_and_set_up();
    open_channel(*miner);
    clock.advance(24h);
    loop.run_for(1100ms);
    EXPECT_EQ(front->connections(), 1U);
}

TEST_F(FrontTest, C062_WhatDoesNotDecryptEndsTheSession) {
    open();
    const auto good = connect_and_set_up();
    const auto bad = connect_and_shake_hands();
    auto frame = bad->sealed(setup());
    frame[3] ^= std::byte{1};
    bad->send_raw(frame);
    expect_closed("authentication-failed", 1);
}

TEST_F(FrontTest, C030_WhoSpeaksInPlaintextHearsNoMessage) {
    open();
    const auto miner = connect();
    for (int i = 0; i < 6; ++i) miner->send_raw(sv2::encode(setup()));
    expect_closed("authentication-failed", 0);
    miner->receive();
    EXPECT_EQ(miner->received().size(), noise::act2_size) << "any 64 bytes are an act 1";
}

TEST_F(FrontTest, C055_EveryConnectionHasAnEphemeralKeyOfItsOwn) {
    open();
    std::vector<std::unique_ptr<TestMiner>> miners;
    std::set<std::array<std::byte, 64>> keys_seen;
    for (int i = 0; i < 5; ++i)
        keys_seen.insert(miners.emplace_back(connect_and_shake_hands())->ephemeral());
    EXPECT_EQ(keys_seen.size(), 5U);
}

TEST_F(FrontTest, HalfAFrameHasADeadline) {
    open();
    const auto good = connect_and_set_up();
    open_channel(*good);
    const auto slow = connect_and_set_up();
    open_channel(*slow);
    const auto frame = slow->sealed(sv2::UpdateChannel{});
    slow->send_raw(base::ByteView{frame}.first(frame.size() - 1));
    loop.run_for(50ms);
    clock.advance(31s);
    expect_closed("frame-deadline", 1);
    good->say(sv2::UpdateChannel{.channel_id = {99}});
    good->heard();
    EXPECT_TRUE(run_until(loop, [&] { return !good->heard().empty(); })) << "others do not notice";
}

TEST_F(FrontTest, AHeaderThatAnnouncesTooMuchEndsItAtOnce) {
    open();
    const auto miner = connect_and_shake_hands();
    const base::Bytes blob(60'000, std::byte{0});
    // 180 KB of payload: more than a miner may ever have to say.
    const auto frame = miner->sealed(sv2::DeclareMiningJob{
        .coinbase_tx_prefix = blob, .coinbase_tx_suffix = blob, .excess_data = blob});
    miner->send_raw(base::ByteView{frame}.first(22));
    expect_closed("frame-too-large", 0);
}

TEST_F(FrontTest, C027_C068_ASetupThatIsRefusedIsAnsweredAndClosedHoweverItArrives) {
    open();
    const auto miner = connect_and_shake_hands();
    auto unsupported = setup();
    unsupported.flags = 0x80;
    const auto frame = miner->sealed(unsupported);
    for (std::size_t i = 0; i < frame.size(); ++i) {
        miner->send_raw(base::ByteView{frame}.subspan(i, 1));
        loop.poll();
    }
    expect_closed("unsupported-feature-flags", 0);
    EXPECT_EQ(miner->heard(),
              std::vector<std::uint8_t>{sv2::SetupConnectionError::info.message_type});
}

TEST_F(FrontTest, AnAddressHasItsBoundOfConnections) {
    open();
    std::vector<std::unique_ptr<TestMiner>> miners;
    for (std::size_t i = 0; i < limits.connections_per_address_max; ++i)
        miners.push_back(connect());
    const TestMiner one_too_many{front->port()};
    EXPECT_TRUE(run_until(loop, [&] { return closed("too-many-of-address") == 1; }));
    EXPECT_EQ(front->connections(), limits.connections_per_address_max);
    const TestMiner other{front->port(), "127.0.0.2"};
    EXPECT_TRUE(run_until(
        loop, [&] { return front->connections() == limits.connections_per_address_max + 1; }));
    miners.clear();
    EXPECT_TRUE(run_until(loop, [&] { return front->connections() == 1; })) << "places come back";
}

TEST_F(FrontTest, EachThatMinesIsVisitedOnceInItsOrderWhoeverIsClosedMeanwhile) {
    limits.connections_per_address_max = 64;
    open();
    std::vector<std::unique_ptr<TestMiner>> miners;
    for (int i = 0; i < 40; ++i)
        miners.push_back(i % 10 == 3 ? connect() : connect_and_shake_hands());
    std::vector<std::uint64_t> visited;
    const auto visit = [&] {
        visited.clear();
        front->for_each([&](Connection& connection) {
            visited.push_back(connection.id().value);
            if (connection.id().value % 5 == 0) connection.close("test");
        });
    };
    visit();
    EXPECT_EQ(visited.size(), 36U);
    EXPECT_TRUE(std::is_sorted(visited.begin(), visited.end()));
    EXPECT_EQ(std::set(visited.begin(), visited.end()).size(), visited.size());
    EXPECT_EQ(front->connections(), 32U);
    visit();
    EXPECT_EQ(visited.size(), 28U);
}

TEST_F(FrontTest, APeerThatNeverReadsBacksUpAndLosesItsConnection) {
    limits.output.connection = 256 * 1024;
    open();
    const auto good = connect_and_set_up();
    open_channel(*good);
    const auto deaf = connect_and_set_up();
    open_channel(*deaf);
    // Each new tip is some 200 bytes; the kernel's buffers take a few megabytes of them.
    auto next = mining::some_template();
    std::size_t backed_up = 0;
    for (int tip = 0; tip < 100'000 && front->connections() == 2; ++tip) {
        next.ref = {next.ref.value + 1};
        next.tip.prev_hash.value.bytes[0] ^= 1;
        work.set_current(next);
        front->for_each([&](Connection& connection) {
            connection.act([&](Session& session, Effects& effects) {
                session.on_template(Session::TemplateChange::new_tip, effects);
            });
            if (connection.is_backed_up()) ++backed_up;
        });
        loop.poll();
        good->receive();
    }
    EXPECT_GT(backed_up, 0U) << "from here on it would miss jobs of the same tip";
    expect_closed("slow-reader", 1);
    EXPECT_FALSE(good->heard().empty());
}

TEST_F(FrontTest, AMinerThatTakesNothingIsNamedUntilItDoes) {
    open();
    const auto good = connect_and_set_up();
    open_channel(*good);
    const auto deaf = connect_and_set_up();
    open_channel(*deaf);
    const auto* connection = front->at_or_after({2});
    const auto is_blocked = [&] { return connection->send_queue().waiting_since().has_value(); };
    auto next = mining::some_template();
    const auto tell = [&] {
        next.ref = {next.ref.value + 1};
        next.tip.prev_hash.value.bytes[0] ^= 1;
        work.set_current(next);
        front->for_each([&](Connection& one) {
            one.act([&](Session& session, Effects& effects) {
                session.on_template(Session::TemplateChange::new_tip, effects);
            });
        });
    };
    for (int tip = 0; tip < 100'000 && !is_blocked(); ++tip) {
        tell();
        loop.restart();
        loop.poll();
        good->receive();
    }
    ASSERT_TRUE(is_blocked());
    EXPECT_TRUE(front->stuck().empty());

    // Our own queue waits for less than two seconds: it is the kernel who knows, when it has found
    // no more room for what it holds.
    clock.advance(1500ms);
    ASSERT_TRUE(run_until(loop, [&] {
        if (!is_blocked()) tell();
        good->receive();
        return !front->stuck().empty();
    }));
    EXPECT_EQ(front->stuck(),
              (std::vector<StuckMiners::Stuck>{{clock.steady_now(), connection->id()}}));
    EXPECT_TRUE(run_until(loop, [&] {
        deaf->discard(1024 * 1024);
        return front->stuck().empty();
    }));
    EXPECT_EQ(front->connections(), 2U);
}

TEST_F(FrontTest, AFrontThatDoesNotServeLetsNewMinersGoAtOnceAndThenTakesThemAgain) {
    open();
    const auto here = connect_and_set_up();
    front->set_serving(false);
    TestMiner early{front->port()};
    EXPECT_TRUE(run_until(loop, [&] { return !early.receive(); }));
    EXPECT_EQ(closed("no-template"), 1U);
    EXPECT_EQ(front->connections(), 1U);
    front->set_serving(true);
    const auto late = connect_and_set_up();
    EXPECT_EQ(front->connections(), 2U);
}

TEST_F(FrontTest, AMinerIsAskedToLeaveAndThenEndedWithWhatIsSaidBefore) {
    open();
    const auto miner = connect_and_set_up();
    open_channel(*miner);
    EXPECT_TRUE(run_until(loop, [&] { return miner->heard().size() >= 3; })) << "its first job";
    front->for_each([](Connection& connection) {
        connection.act([](Session& session, Effects& effects) { session.ask_to_leave(effects); });
    });
    std::vector<std::uint8_t> heard;
    EXPECT_TRUE(run_until(loop, [&] {
        heard = miner->heard();
        return !heard.empty();
    }));
    EXPECT_EQ(heard, std::vector<std::uint8_t>{sv2::Reconnect::info.message_type});
    miner->say(sv2::UpdateChannel{.channel_id = {99}});
    EXPECT_TRUE(run_until(loop, [&] { return !miner->heard().empty(); })) << "it is still served";
    front->for_each([](Connection& connection) { connection.stop_reading(); });
    miner->say(sv2::UpdateChannel{.channel_id = {99}});
    loop.run_for(100ms);
    EXPECT_TRUE(miner->heard().empty());
    front->for_each([](Connection& connection) { connection.end("drained"); });
    expect_closed("drained", 0);
}

TEST_F(FrontTest, AFullSinkStopsTheReadingAndRoomStartsItAgain) {
    open();
    const auto miner = connect_and_set_up();
    open_channel(*miner);
    EXPECT_TRUE(run_until(loop, [&] { return miner->heard().size() >= 3; })) << "its first job";
    sink.full = true;
    miner->say(sv2::UpdateChannel{.channel_id = {99}});
    loop.run_for(100ms);
    EXPECT_EQ(front->queues().paused, 1U) << "also a socket that was idle when the sink filled";
    front->drained();
    loop.run_for(100ms);
    EXPECT_TRUE(miner->heard().empty());
    EXPECT_EQ(front->queues().paused, 1U);
    sink.full = false;
    front->drained();
    EXPECT_TRUE(run_until(loop, [&] { return !miner->heard().empty(); }));
    EXPECT_EQ(front->connections(), 1U);
    EXPECT_EQ(front->queues().paused, 0U);
}

TEST_F(FrontTest, CountsTheOpensThatWaitForTheLedger) {
    open();
    const auto miner = connect_and_set_up();
    miner->say(sv2::OpenExtendedMiningChannel{.request_id = {1},
                                              .user_identity = "u",
                                              .nominal_hash_rate = 1e6F,
                                              .max_target = {},
                                              .min_extranonce_size = 4});
    EXPECT_TRUE(run_until(loop, [&] { return front->queues().pending_opens == 1; }));
}

}  // namespace
}  // namespace gateway
