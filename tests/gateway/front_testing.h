#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "gateway/front.h"
#include "miner.h"
#include "mining/records_testing.h"
#include "support/loop.h"
#include "sv2/common_messages.h"
#include "sv2/mining_messages.h"

namespace gateway {

using test_support::run_until;

/// Takes everything and keeps nothing, or says that it is full.
class FakeSink final : public ShareSink {
  public:
    bus::Partition partition_of(ConnectionId) const override { return {}; }
    bool is_full(bus::Partition) const override { return full; }
    void take(ConnectionId, bus::Partition, const Effects& effects) override {
        shares += effects.shares.size();
        for (const auto& event : effects.events) {
            if (const auto* open = std::get_if<bus::ChannelOpen>(&event)) opens.push_back(*open);
            if (std::holds_alternative<bus::ChannelClose>(event)) ++closes;
        }
    }

    bool full = false;
    std::size_t shares = 0;
    std::size_t closes = 0;
    std::vector<bus::ChannelOpen> opens{};
};

inline noise::GatewayIdentity make_identity(base::Random& random) {
    const auto authority = noise::SecretKey::generate(random);
    auto static_key = noise::SecretKey::generate(random);
    const auto encoding = noise::static_encoding(static_key);
    const auto certificate = noise::sign_certificate(
        authority, static_key.public_key(), {.valid_from = 0, .not_valid_after = 0xffffffff},
        std::array<std::byte, 32>{});
    return {std::move(static_key), encoding, certificate,
            noise::AuthorityPublicKey{authority.public_key()}};
}

/// A front on a real port whose clock a test winds.
class FrontTest : public testing::Test {
  protected:
    FrontTest() {
        limits.connections_per_address_max = 8;
        // The clock stands still: nothing would ever be covered by a rate.
        limits.requests = {.per_second = 1'000'000, .burst = 1'000'000};
        work.set_current(mining::some_template());
    }
    ~FrontTest() override {
        if (front) front->close_all("test-over");
    }
    void open() {
        front = std::make_unique<Front>(Front::Parts{loop, clock, random, identity, metrics, work},
                                        service::Endpoint{.host = "127.0.0.1", .port = 0}, limits);
        front->open(sink, keys);
    }
    std::unique_ptr<TestMiner> connect() {
        const auto before = front->connections();
        auto miner = std::make_unique<TestMiner>(front->port());
        EXPECT_TRUE(run_until(loop, [&] { return front->connections() > before; }));
        return miner;
    }
    std::unique_ptr<TestMiner> connect_and_shake_hands() {
        auto miner = connect();
        shake_hands(*miner);
        return miner;
    }
    std::unique_ptr<TestMiner> connect_and_set_up() {
        auto miner = connect();
        shake_hands_and_set_up(*miner);
        return miner;
    }
    void shake_hands(TestMiner& miner) {
        miner.begin_handshake(identity.authority, random);
        EXPECT_TRUE(run_until(
            loop, [&] { return miner.finish_handshake(base::to_unix_seconds(clock.unix_now())); }));
    }
    void shake_hands_and_set_up(TestMiner& miner) {
        shake_hands(miner);
        miner.say(setup());
        EXPECT_TRUE(run_until(loop, [&] { return !miner.heard().empty(); }));
    }
    static sv2::SetupConnection setup() {
        return {.protocol = sv2::Protocol::mining,
                .min_version = 2,
                .max_version = 2,
                .vendor = "test"};
    }
    void open_channel(TestMiner& miner) {
        const auto before = sink.opens.size();
        miner.say(sv2::OpenStandardMiningChannel{.user_identity = "u", .max_target = {}});
        ASSERT_TRUE(run_until(loop, [&] { return sink.opens.size() > before; }));
        answer(sink.opens.back());
    }
    /// What a worker says when it lets a channel be.
    void answer(const bus::ChannelOpen& open) {
        front->for_each([&](Connection& connection) {
            connection.act([&](Session& session, Effects& effects) {
                session.on_open_outcome({.key = open.key,
                                         .error_code = "",
                                         .target = bitcoin::target_max(),
                                         .outputs = mining::some_outputs()},
                                        effects);
            });
        });
    }
    std::uint64_t closed(const char* reason) {
        return metrics.connections_closed.with({reason}).value();
    }
    /// A line of what Prometheus would read now; nothing if there is no such series.
    std::string scraped(const std::string& series) {
        const auto text = registry.text();
        const auto at = text.find("\n" + series + " ");
        if (at == std::string::npos) return {};
        const auto value = at + series.size() + 2;
        return text.substr(value, text.find('\n', value) - value);
    }
    /// The offender is closed for this reason, and it alone.
    void expect_closed(const char* reason, std::size_t left) {
        EXPECT_TRUE(run_until(loop, [&] { return closed(reason) == 1; })) << reason;
        EXPECT_EQ(front->connections(), left);
    }

    boost::asio::io_context loop{1};
    base::ManualClock clock;
    base::SeededRandom random{1};
    noise::GatewayIdentity identity = make_identity(random);
    service::Registry registry{"gateway", "test"};
    Metrics metrics{registry};
    WorkBook work;
    FrontLimits limits;
    FakeSink sink;
    ChannelKeys keys{mining::Epoch{1}};
    std::unique_ptr<Front> front;
};

}  // namespace gateway
