// Our template distribution server on real sockets, and clients that do wrong: it costs them alone.
#include "../gateway/miner.h"
#include "tdp_testing.h"

namespace templates {
namespace {

using namespace std::chrono_literals;
using gateway::TestMiner;

constexpr sv2::SetupConnection good_setup{
    .protocol = sv2::Protocol::template_distribution, .min_version = 2, .max_version = 2};

class TdpServerTest : public TdpChain {
  protected:
    std::unique_ptr<TestMiner> connect(TestMiner::Link link = TestMiner::Link::usual) {
        const auto before = server->connections();
        auto client = std::make_unique<TestMiner>(server->port(), "127.0.0.1", link);
        EXPECT_TRUE(run_until(loop, [&] { return server->connections() > before; }));
        return client;
    }
    std::unique_ptr<TestMiner> connect_and_shake_hands(
        TestMiner::Link link = TestMiner::Link::usual) {
        auto client = connect(link);
        client->begin_handshake(identity.authority, random);
        EXPECT_TRUE(run_until(loop, [&] {
            return client->finish_handshake(base::to_unix_seconds(clock.unix_now()));
        }));
        return client;
    }
    std::unique_ptr<TestMiner> connect_and_set_up(TestMiner::Link link = TestMiner::Link::usual) {
        auto client = connect_and_shake_hands(link);
        client->say(good_setup);
        client->say(sv2::CoinbaseOutputConstraints{100, 0});
        expect_heard(*client, sv2::TemplateSetNewPrevHash::info.message_type);
        return client;
    }
    void expect_heard(TestMiner& client, std::uint8_t type) {
        EXPECT_TRUE(run_until(loop, [&] {
            return testing::Value(client.heard(), testing::Contains(type));
        })) << int{type};
    }
    /// Somebody who did nothing wrong still gets what he asks for.
    void expect_served(TestMiner& client) {
        client.say(sv2::RequestTransactionData{{~std::uint64_t{0}}});
        expect_heard(client, sv2::RequestTransactionDataError::info.message_type);
    }
    void expect_closed(const char* reason, std::size_t left) {
        EXPECT_TRUE(run_until(loop, [&] { return closed(reason) == 1; })) << reason;
        EXPECT_EQ(server->connections(), left);
    }
    /// Templates with so many bytes of transactions.
    void add_large_template(std::size_t size) {
        auto candidate = chain.candidate();
        base::Bytes large(size);
        random.fill(large);
        candidate.transactions =
            std::make_shared<const std::vector<base::Bytes>>(1, std::move(large));
        candidate.block_template.coinbase_tx_value_remaining += ++extra;
        add(candidate);
    }
    std::size_t unsent() {
        server->publish_unsent();
        return static_cast<std::size_t>(TdpServerMetrics{registry}.unsent_bytes.value());
    }
    std::uint64_t extra = 0;
};

TEST_F(TdpServerTest, ServesSeveralClientsEachByItsOwnNames) {
    open();
    const auto first = connect_and_set_up();
    find_block_elsewhere();
    const auto second = connect_and_set_up();
    chain.add_transaction();
    add_template();
    expect_heard(*first, sv2::NewTemplate::info.message_type);
    expect_heard(*second, sv2::NewTemplate::info.message_type);
    server->close();
    EXPECT_EQ(closed("stopped"), 2U);
}

TEST_F(TdpServerTest, ClosesWhoDoesNotShakeHandsOrDoesNotSayWhatItNeeds) {
    settings.setup_deadline = 2 * settings.handshake_deadline;
    open();
    const auto good = connect_and_set_up();
    const auto silent = connect();
    const auto half = connect_and_shake_hands();
    half->say(good_setup);
    expect_heard(*half, sv2::SetupConnectionSuccess::info.message_type);
    clock.advance(settings.handshake_deadline + 1ms);
    expect_closed("handshake-deadline", 2);
    clock.advance(settings.setup_deadline);
    expect_closed("setup-deadline", 1);
    expect_served(*good);
}

TEST_F(TdpServerTest, ClosesWhoDoesNotSpeakNoise) {
    open();
    const auto good = connect_and_set_up();
    const auto browser = connect();
    browser->send_raw(base::as_bytes(std::string_view{"GET / HTTP/1.1\r\nHost: example.org\r\n"}));
    expect_closed("plain-text", 1);
    const auto liar = connect_and_shake_hands();
    liar->send_raw(base::Bytes(64));
    expect_closed("authentication-failed", 1);
    expect_served(*good);
}

TEST_F(TdpServerTest, ClosesWhoSendsWhatIsMalformedOrTooLarge) {
    open();
    const auto good = connect_and_set_up();
    const auto malformed = connect_and_set_up();
    malformed->send_raw(malformed->sealed_frame(
        base::Bytes{std::byte{0}, std::byte{0}, std::byte{0x73}, std::byte{1}, std::byte{0},
                    std::byte{0}, std::byte{9}}));
    expect_closed("malformed", 1);
    const auto huge = connect_and_set_up();
    base::Bytes frame{std::byte{0}, std::byte{0}, std::byte{0x76},
                      std::byte{0}, std::byte{0}, std::byte{4}};
    frame.resize(6 + (4U << 16));
    huge->send_raw(huge->sealed_frame(frame));
    expect_closed("frame-too-large", 1);
    expect_served(*good);
}

TEST_F(TdpServerTest, RefusesConstraintsThatTemplatesDoNotMeet) {
    open();
    const auto greedy = connect_and_shake_hands();
    greedy->say(good_setup);
    greedy->say(sv2::CoinbaseOutputConstraints{settings.session.outputs_bytes_max + 1, 0});
    expect_closed("constraints-too-large", 0);
}

TEST_F(TdpServerTest, BoundsConnectionsAndThoseOfOneAddress) {
    settings.connections_max = 4;
    settings.connections_per_address_max = 3;
    open();
    const auto good = connect_and_set_up();
    const auto idle = connect();
    const auto third = connect_and_set_up();
    const TestMiner fourth{server->port()};
    EXPECT_TRUE(run_until(loop, [&] { return closed("too-many-of-address") == 1; }));
    const TestMiner elsewhere{server->port(), "127.0.0.2"};
    EXPECT_TRUE(run_until(loop, [&] { return server->connections() == 4; }));
    const TestMiner another{server->port(), "127.0.0.3"};
    EXPECT_TRUE(run_until(loop, [&] { return closed("crowded-out") == 1; }))
        << "the oldest that is not served makes room";
    EXPECT_EQ(server->connections(), 4U);
    expect_served(*good);
    expect_served(*third);
}

TEST_F(TdpServerTest, AFloodOfQuestionsIsReadAsFastAsItsAnswersAre) {
    add_large_template(1'000'000);
    open();
    const auto good = connect_and_set_up();
    const auto flood = connect_and_set_up(TestMiner::Link::narrow);
    base::Bytes questions;
    for (int i = 0; i < 1'000; ++i)
        base::append(questions, flood->sealed(sv2::RequestTransactionData{{1}}));
    flood->send_raw(questions);
    std::size_t most = 0;
    for (int i = 0; i < 50; ++i) {
        loop.restart();
        loop.run_for(10ms);
        most = std::max(most, unsent());
    }
    EXPECT_GT(most, 500'000U);
    EXPECT_LT(most, 1'300'000U) << "one answer, not a thousand";
    expect_served(*good);
    EXPECT_EQ(server->connections(), 2U);
}

TEST_F(TdpServerTest, AnswersEveryQuestionOfAFloodThatIsReadInTheEnd) {
    add_large_template(100'000);
    open();
    const auto busy = connect_and_set_up();
    base::Bytes questions;
    for (int i = 0; i < 200; ++i)
        base::append(questions, busy->sealed(sv2::RequestTransactionData{{1}}));
    busy->send_raw(questions);
    std::size_t answers = 0;
    EXPECT_TRUE(run_until(loop, [&] { return (answers += busy->heard().size()) >= 200; }))
        << answers;
}

TEST_F(TdpServerTest, AsksFasterThanItMayAndIsReadMoreSlowly) {
    settings.requests = {.per_second = 20, .burst = 50};
    open();
    const auto hasty = connect_and_set_up();
    base::Bytes questions;
    for (int i = 0; i < 200; ++i)
        base::append(questions, hasty->sealed(sv2::RequestTransactionData{{99}}));
    hasty->send_raw(questions);
    std::size_t answers = 0;
    const auto listen = [&] {
        loop.restart();
        loop.run_for(250ms);
        return answers += hasty->heard().size();
    };
    const auto at_once = listen();
    EXPECT_GE(at_once, 40U);
    EXPECT_LE(at_once, 51U) << "a burst";
    EXPECT_EQ(listen(), at_once) << "the clock stands still";
    clock.advance(1s);
    const auto later = listen();
    EXPECT_NEAR(static_cast<double>(later - at_once), 20, 2);
    clock.advance(1min);
    for (int i = 0; i < 5; ++i) {
        clock.advance(10s);
        listen();
    }
    EXPECT_EQ(answers, 200U) << "nothing is lost";
}

TEST_F(TdpServerTest, ClosesWhoDoesNotReadAndKeepsTheOthers) {
    add_large_template(1'000'000);
    open();
    const auto good = connect_and_set_up();
    const auto deaf = connect_and_set_up(TestMiner::Link::narrow);
    deaf->say(sv2::RequestTransactionData{{1}});
    ASSERT_TRUE(run_until(loop, [&] { return unsent() > 0; }));
    clock.advance(settings.write_stall_deadline);
    loop.run_for(250ms);
    EXPECT_EQ(server->connections(), 2U);
    clock.advance(1ms);
    expect_closed("write-stall", 1);
    expect_served(*good);
}

TEST_F(TdpServerTest, BoundsWhatWaitsForAClientThatDoesNotRead) {
    settings.unread_max = 200'000;
    open();
    const auto good = connect_and_set_up();
    const auto deaf = connect_and_set_up(TestMiner::Link::narrow);
    for (int i = 0; i < 20'000 && closed("slow-reader") == 0; ++i) {
        clock.advance(1ms);
        find_block_elsewhere();
        loop.poll();
        good->heard();
        EXPECT_LT(unsent(), 2 * settings.unread_max);
    }
    EXPECT_EQ(closed("slow-reader"), 1U);
    EXPECT_EQ(server->connections(), 1U);
    expect_served(*good);
}

}  // namespace
}  // namespace templates
