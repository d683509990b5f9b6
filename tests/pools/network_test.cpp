// Channels at pools over real sockets: with pools that are processes and are killed, and with those
// that are not who they should be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/write.hpp>
#include <csignal>
#include <deque>

#include "noise_pool.h"
#include "support/child.h"
#include "support/loop.h"
#include "translator/net_dialer.h"
#include "translator/pool_channels.h"

namespace translator {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using test_support::run_until;
using testing::HasSubstr;

struct Listener final : ChannelListener {
    void on_terms(const ChannelTerms&) override { is_open = true; }
    void on_job(const ActiveJob& now) override { job = now; }
    void on_verdict(ShareTicket, Verdict verdict, std::string_view) override {
        ++(verdict == Verdict::unknown ? unknown : answered);
    }
    void on_interrupted() override {
        is_open = false;
        job.reset();
        ++interruptions;
    }
    void on_refused(std::string_view code) override { refused = code; }

    ChannelHandle channel{};
    bool is_open = false;
    std::optional<ActiveJob> job{};
    std::size_t answered = 0;
    std::size_t unknown = 0;
    int interruptions = 0;
    std::string refused{};
};

/// Ports that nobody has at the moment.
std::uint16_t free_port(boost::asio::io_context& loop) {
    tcp::acceptor acceptor{loop, {boost::asio::ip::address_v4::loopback(), 0}};
    return acceptor.local_endpoint().port();
}

/// A pool that is a process of its own, and listens.
class PoolProcess {
  public:
    explicit PoolProcess(std::uint16_t port) : child_({ADIT_FAKE_POOL, std::to_string(port), "1"}) {
        boost::asio::io_context loop;
        if (!run_until(loop, [&] { return child_.output().find("ready") != std::string::npos; }))
            throw std::runtime_error("the fake pool does not start: " + child_.output());
    }
    void kill() const { child_.signal(SIGKILL); }

  private:
    test_support::Child child_;
};

class PoolsNetwork : public testing::Test {
  protected:
    ~PoolsNetwork() override {
        channels.reset();
        loop.restart();
        loop.poll();
    }

    PoolSettings pool_at(std::uint16_t port, std::uint64_t seed = 1) {
        return {
            .url = {.host = "127.0.0.1", .port = port, .authority = {identity_of(seed).authority}}};
    }
    void start(std::vector<PoolSettings> pools) { start(std::move(pools), dialer); }
    void start(std::vector<PoolSettings> pools, PoolDialer& by) {
        channels.emplace(
            PoolChannels::Parts{
                .loop = loop, .clock = clock, .random = random, .dialer = by, .registry = registry},
            PoolsSettings{.pools = std::move(pools), .return_after = 1s});
        channels->start();
    }
    void add_miners(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            auto& miner = miners.emplace_back();
            miner.channel = channels->open({.user = "alice.rig",
                                            .nominal_hash_rate_hps = 1e12,
                                            .max_target = bitcoin::target_max(),
                                            .min_extranonce_size = 8},
                                           miner);
        }
    }
    bool submit(Listener& miner) {
        if (!miner.job) return false;
        const base::Bytes extranonce(miner.job->extranonce_size, std::byte{1});
        return channels
            ->submit(miner.channel, {.job_id = miner.job->id,
                                     .nonce = 1,
                                     .ntime = miner.job->min_ntime,
                                     .version = miner.job->parts->version,
                                     .extranonce = extranonce,
                                     .worker = "rig"})
            .has_value();
    }
    std::size_t mining() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(miners, [](const auto& miner) { return miner.job.has_value(); }));
    }
    bool all_mine() {
        return run_until(loop, [&] { return mining() == miners.size(); });
    }
    /// All mine as soon as one connection is there; what a pool says to all reaches those that are.
    bool all_are_connected() {
        const auto wanted = PoolSettings{}.connections;
        return run_until(loop, [&] { return channels->status()[0].connections == wanted; });
    }
    std::size_t channels_at(std::size_t rank) const { return channels->status()[rank].channels; }
    std::string trouble(std::size_t rank = 0) const { return channels->status()[rank].trouble; }

    boost::asio::io_context loop{};
    base::SystemClock clock{};
    base::SystemRandom random{};
    service::Registry registry{"translator", "test"};
    NetDialer dialer{loop, clock, random, 20s};
    noise::GatewayIdentity identity = identity_of(1);
    std::deque<Listener> miners{};
    std::optional<PoolChannels> channels{};
};

/// Of miners whose pool is killed, until all work for the next one. A machine that is busy with
/// something else makes everybody wait: one of a few tries must be in time.
constexpr auto moved_within = 5s;
constexpr int tries_max = 3;

TEST_F(PoolsNetwork, MinersOfAPoolThatIsKilledWorkForTheNextAndReturn) {
    const auto first_port = free_port(loop);
    const auto second_port = free_port(loop);
    std::optional<PoolProcess> first{first_port};
    const PoolProcess second{second_port};
    start({pool_at(first_port), pool_at(second_port)});
    add_miners(500);
    ASSERT_TRUE(all_mine());
    std::size_t submitted = 0;
    const auto all_submit = [&] {
        ++submitted;
        return std::ranges::all_of(miners, [&](auto& miner) { return submit(miner); });
    };
    const auto all_are_answered = [&] {
        return run_until(loop, [&] {
            return std::ranges::all_of(
                miners, [&](auto& m) { return m.answered + m.unknown == submitted; });
        });
    };

    base::SteadyTime::duration moved{};
    int tries = 0;
    do {
        ++tries;
        ASSERT_TRUE(all_submit());
        first->kill();
        const auto killed_at = clock.steady_now();
        ASSERT_TRUE(run_until(loop, [&] { return channels_at(1) == 500; })) << trouble();
        ASSERT_TRUE(all_mine());
        moved = clock.steady_now() - killed_at;
        for (auto& miner : miners) {
            EXPECT_EQ(miner.interruptions, tries);
            EXPECT_EQ(miner.answered + miner.unknown, submitted);
        }
        ASSERT_TRUE(all_submit());

        first.emplace(first_port);
        ASSERT_TRUE(run_until(loop, [&] { return channels_at(0) == 500; })) << trouble();
        ASSERT_TRUE(run_until(loop, [&] { return channels_at(1) == 0; }));
        for (auto& miner : miners) {
            EXPECT_EQ(miner.interruptions, tries) << "the way back interrupts nobody";
            EXPECT_EQ(miner.answered + miner.unknown, submitted);
        }
        ASSERT_TRUE(all_submit());
        ASSERT_TRUE(all_are_answered());
    } while (moved >= moved_within && tries < tries_max);
    EXPECT_LT(moved, moved_within);
}

TEST_F(PoolsNetwork, TenThousandMinersSurviveKillsUnderLoad) {
    const auto port = free_port(loop);
    std::optional<PoolProcess> pool{port};
    start({pool_at(port)});
    add_miners(10'000);
    ASSERT_TRUE(all_mine());
    for (int kill = 0; kill < 5; ++kill) {
        for (auto& miner : miners) submit(miner);
        loop.restart();
        loop.run_for(std::chrono::milliseconds{20});
        pool->kill();
        ASSERT_TRUE(run_until(loop, [&] { return mining() == 0; }));
        pool.emplace(port);
        ASSERT_TRUE(all_mine()) << trouble();
    }
    std::size_t answers = 0;
    for (const auto& miner : miners) {
        EXPECT_EQ(miner.interruptions, 5);
        answers += miner.answered + miner.unknown;
    }
    EXPECT_EQ(answers, 50'000U) << "every share has an end";
}

TEST_F(PoolsNetwork, C087_APoolOfAnotherAuthorityIsRefused) {
    NoisePool other{loop, clock, random, identity};
    start({pool_at(other.port(), 2)});
    add_miners(1);
    ASSERT_TRUE(run_until(loop, [&] { return !trouble().empty(); }));
    EXPECT_THAT(trouble(), HasSubstr("another authority"));
    EXPECT_THAT(trouble(), HasSubstr("cure"));
    EXPECT_EQ(other.pool.opens, 0U);
    EXPECT_FALSE(miners[0].is_open);
    EXPECT_THAT(registry.text(), HasSubstr("result=\"wrong-authority\""));
}

TEST_F(PoolsNetwork, C086_ReconnectIsObeyedWithoutAnInterruption) {
    NoisePool first{loop, clock, random, identity};
    NoisePool second{loop, clock, random, identity};
    start({pool_at(first.port())});
    add_miners(50);
    ASSERT_TRUE(all_mine());
    ASSERT_TRUE(all_are_connected());
    first.say_to_all(sv2::Reconnect{.new_host = "", .new_port = second.port()});
    ASSERT_TRUE(run_until(loop, [&] { return second.pool.channels() == 50; }));
    ASSERT_TRUE(run_until(loop, [&] { return first.pool.connections.empty(); }));
    for (auto& miner : miners) {
        EXPECT_EQ(miner.interruptions, 0);
        EXPECT_TRUE(submit(miner));
    }
    ASSERT_TRUE(run_until(loop, [&] { return second.pool.shares.size() == 50; }));
}

TEST_F(PoolsNetwork, C087_ReconnectToAnotherAuthorityIsNotFollowed) {
    NoisePool first{loop, clock, random, identity};
    const auto stranger = identity_of(2);
    NoisePool second{loop, clock, random, stranger};
    start({pool_at(first.port())});
    add_miners(5);
    ASSERT_TRUE(all_mine());
    ASSERT_TRUE(all_are_connected());
    const auto connected = first.accepted();
    first.say_to_all(sv2::Reconnect{.new_host = "localhost", .new_port = second.port()});
    ASSERT_TRUE(run_until(loop, [&] { return first.accepted() > connected; }));
    EXPECT_GT(second.accepted(), 0U);
    EXPECT_EQ(second.pool.opens, 0U);
    ASSERT_TRUE(all_mine());
    for (const auto& miner : miners) EXPECT_EQ(miner.interruptions, 0);
}

TEST_F(PoolsNetwork, SaysWhatIsWrongWithAnAddress) {
    start({pool_at(free_port(loop))});
    ASSERT_TRUE(run_until(loop, [&] { return !trouble().empty(); }));
    EXPECT_THAT(trouble(), HasSubstr("cannot connect to 127.0.0.1 port"));
    auto nowhere = pool_at(1);
    nowhere.url.host = "no-such-host.invalid";
    start({nowhere});
    ASSERT_TRUE(run_until(loop, [&] { return !trouble().empty(); }));
    EXPECT_THAT(trouble(), HasSubstr("cannot resolve no-such-host.invalid"));
}

TEST_F(PoolsNetwork, SaysThatAServerIsNoStratumV2Pool) {
    tcp::acceptor acceptor{loop, {boost::asio::ip::address_v4::loopback(), 0}};
    std::vector<tcp::socket> sockets;
    const std::string text =
        "{\"id\":1,\"error\":\"this is a pool of the older kind, mining.notify\"}";
    std::function<void()> accept = [&] {
        acceptor.async_accept([&](const auto& error, tcp::socket socket) {
            if (error) return;
            sockets.push_back(std::move(socket));
            boost::asio::write(sockets.back(), boost::asio::buffer(text));
            accept();
        });
    };
    accept();
    start({pool_at(acceptor.local_endpoint().port())});
    ASSERT_TRUE(run_until(loop, [&] { return !trouble().empty(); }));
    EXPECT_THAT(trouble(), HasSubstr("is this the port of a Stratum V2 pool?"));
}

TEST_F(PoolsNetwork, APoolThatTakesConnectionsAndDoesNotShakeHandsIsLeft) {
    tcp::acceptor mute{loop, {boost::asio::ip::address_v4::loopback(), 0}};
    NoisePool second{loop, clock, random, identity};
    NetDialer impatient{loop, clock, random, 2s};
    start({pool_at(mute.local_endpoint().port()), pool_at(second.port())}, impatient);
    add_miners(5);
    ASSERT_TRUE(all_mine());
    EXPECT_EQ(channels_at(1), 5U);
    EXPECT_THAT(trouble(0), HasSubstr("does not answer the Noise handshake"));
}

TEST_F(PoolsNetwork, APoolThatDoesNotReadIsLeftWhenItsQueueIsFull) {
    NoisePool first{loop, clock, random, identity};
    NoisePool second{loop, clock, random, identity};
    start({pool_at(first.port()), pool_at(second.port())});
    add_miners(2);
    ASSERT_TRUE(all_mine());
    first.set_reading(false);
    for (int i = 0; i < 200'000 && miners[0].interruptions == 0; ++i) {
        submit(miners[0]);
        if (i % 100 == 0) {
            loop.restart();
            loop.poll();
        }
    }
    EXPECT_EQ(miners[0].interruptions, 1);
    EXPECT_THAT(registry.text(), HasSubstr("reason=\"slow-reader\""));
}

}  // namespace
}  // namespace translator
