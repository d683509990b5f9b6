#include "ledger/bans.h"

#include "fixture.h"
#include "ledger/ban_follower.h"

namespace ledger {
namespace {

using namespace std::chrono_literals;

class BansTest : public LedgerTest {
  protected:
    BanWritten set(const Ban& ban) {
        return await<base::Result<BanWritten, std::string>>(
                   [&](auto done) { set_ban(client_, ban, std::move(done)); })
            .value();
    }
    bool remove(const BanSubject& subject) {
        return await<base::Result<bool, std::string>>(
                   [&](auto done) { remove_ban(client_, subject, std::move(done)); })
            .value();
    }
    std::vector<Ban> list() {
        return await<base::Result<Bans, std::string>>(
                   [&](auto done) { list_bans(client_, std::move(done)); })
            .value()
            .bans;
    }
    std::optional<Bans> follow(const std::string& version) {
        return await<base::Result<std::optional<Bans>, std::string>>(
                   [&](auto done) { follow_bans(client_, version, std::move(done)); })
            .value();
    }

    const Ban network_{base::parse_ip_network("10.0.0.0/8").value(), "flood", std::nullopt};
    const Ban alice_{std::string{"alice"}, "", std::nullopt};
};

TEST_F(BansTest, AreAddedReplacedAndRemoved) {
    EXPECT_TRUE(list().empty());
    EXPECT_EQ(set(network_), BanWritten::added);
    EXPECT_EQ(set(alice_), BanWritten::added);
    auto other = network_;
    other.reason = "again";
    EXPECT_EQ(set(other), BanWritten::replaced);
    const auto bans = list();
    EXPECT_EQ(bans.size(), 2U);
    EXPECT_NE(std::ranges::find(bans, other), bans.end());
    EXPECT_TRUE(remove(network_.subject));
    EXPECT_FALSE(remove(network_.subject));
    EXPECT_EQ(list(), std::vector{alice_});
}

TEST_F(BansTest, ThatHaveEndedAreDroppedWithTheNextThatIsAdded) {
    auto ended = network_;
    ended.until = base::UnixMicros{1'000s};
    set(ended);
    set(alice_);
    EXPECT_EQ(list(), std::vector{alice_});
}

TEST_F(BansTest, EndWithTheSecondThatTheyName) {
    for (int i = 0; i < 5; ++i) {
        const auto now = redis_now_us() / 1'000'000;
        server_.run({"HSET", keys::bans, "identity first", "1 x", "identity ended",
                     std::to_string(now) + " x", "identity lasts",
                     std::to_string(now + 60) + " x"});
        set(alice_);
        EXPECT_EQ(integer({"HEXISTS", keys::bans, "identity first"}), 0);
        EXPECT_EQ(integer({"HEXISTS", keys::bans, "identity ended"}), 0);
        EXPECT_EQ(integer({"HEXISTS", keys::bans, "identity lasts"}), 1);
    }
}

TEST_F(BansTest, AreFollowedByTheirVersion) {
    const auto none = follow("");
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->bans.empty());
    EXPECT_FALSE(follow(none->version)) << "nothing is new";
    set(alice_);
    const auto one = follow(none->version);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->bans, std::vector{alice_});
    EXPECT_FALSE(follow(one->version));
    remove(alice_.subject);
    const auto removed = follow(one->version);
    ASSERT_TRUE(removed) << "removing is a change";
    remove(alice_.subject);
    EXPECT_FALSE(follow(removed->version)) << "removing what is not there is none";
    server_.run({"FLUSHALL"});
    const auto after = follow(one->version);
    ASSERT_TRUE(after) << "so is losing everything";
    EXPECT_TRUE(after->bans.empty());
}

TEST_F(BansTest, OutliveARedisThatIsAway) {
    BanFollower follower{io_, client_};
    int changes = 0;
    follower.start([&] { ++changes; });
    EXPECT_FALSE(follower.is_known());
    EXPECT_TRUE(test_support::run_until(io_, [&] { return changes == 1; }));
    EXPECT_TRUE(follower.is_known());
    set(network_);
    EXPECT_TRUE(test_support::run_until(io_, [&] { return changes == 2; }));
    server_.kill();
    io_.run_for(1500ms);
    EXPECT_EQ(follower.list().size(), 1U);
    server_.start();
    remove(network_.subject);
    EXPECT_TRUE(test_support::run_until(io_, [&] { return changes == 3; }));
    EXPECT_EQ(follower.list().size(), 0U);
}

TEST_F(BansTest, AreAddedUpToTheirBoundAndReplacedBeyondIt) {
    server_.run({"EVAL",
                 "for i = 2, ARGV[1] do redis.call('HSET', KEYS[1], 'identity n' .. i, '0 x') end "
                 "redis.call('HSET', KEYS[1], 'version', 1)",
                 "1", keys::bans, std::to_string(bans_max)});
    EXPECT_EQ(set(alice_), BanWritten::added) << "the last that there is room for";
    const auto before = server_.run({"HGET", keys::bans, "version"});
    const auto refused = await<base::Result<BanWritten, std::string>>(
        [&](auto done) { set_ban(client_, network_, std::move(done)); });
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(server_.run({"HGET", keys::bans, "version"}), before) << "nothing has changed";
    EXPECT_EQ(set(alice_), BanWritten::replaced);
    EXPECT_TRUE(remove(alice_.subject));
    EXPECT_EQ(set(network_), BanWritten::added);
}

}  // namespace
}  // namespace ledger
