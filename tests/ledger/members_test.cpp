#include "ledger/members.h"

#include "fixture.h"

namespace ledger {
namespace {

using Listed = base::Result<std::vector<SeenMember>, std::string>;

class MembersTest : public LedgerTest {
  protected:
    std::vector<SeenMember> list() {
        return await<Listed>([this](auto done) { list_members(client_, std::move(done)); }).value();
    }
};

TEST_F(MembersTest, ShowsWhoLivesUntilItLeaves) {
    const Member gateway{"gateway", 12345, "10.0.0.1:3333"};
    const Member worker{"channel-manager", ~std::uint64_t{0}, ""};
    EXPECT_TRUE(list().empty());
    beat(client_, gateway);
    beat(client_, worker);
    beat(client_, gateway);
    const auto seen = list();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_TRUE((seen[0].member == gateway && seen[1].member == worker) ||
                (seen[0].member == worker && seen[1].member == gateway));
    EXPECT_LT(seen[1].silent_for, std::chrono::minutes{1});
    leave(client_, gateway);
    EXPECT_EQ(list().size(), 1U);
}

TEST_F(MembersTest, SaysHowLongEachIsSilentTheLatestFirst) {
    for (int i = 0; i < 5; ++i) {
        const auto started = redis_now_us();
        const auto silent_since = [&](std::int64_t ms) {
            return std::to_string(started / 1'000 - ms);
        };
        server_.run({"ZADD", keys::members, silent_since(9'000), "gateway/1/a",
                     silent_since(30'000), "gateway/2/b", silent_since(-60'000), "gateway/3/c"});
        const auto seen = list();
        const std::chrono::milliseconds since{(redis_now_us() - started) / 1'000 + 1};
        ASSERT_EQ(seen.size(), 3U);
        EXPECT_EQ(seen[0].member.id, 3U);
        EXPECT_EQ(seen[0].silent_for, std::chrono::milliseconds{0}) << "Redis' clock went back";
        EXPECT_EQ(seen[1].member.id, 1U);
        EXPECT_GE(seen[1].silent_for, std::chrono::milliseconds{9'000});
        EXPECT_LE(seen[1].silent_for, std::chrono::milliseconds{9'000} + since);
        EXPECT_EQ(seen[2].member.id, 2U);
        EXPECT_GE(seen[2].silent_for, std::chrono::milliseconds{30'000});
    }
}

TEST_F(MembersTest, RemembersThemForADay) {
    const auto silent_since = [&](std::chrono::milliseconds silent_for) {
        return std::to_string(redis_now_us() / 1'000 - silent_for.count());
    };
    const std::chrono::seconds more{60};
    server_.run({"ZADD", keys::members, silent_since(member_remembered - more), "gateway/1/a",
                 silent_since(member_remembered + more), "gateway/2/b"});
    beat(client_, {"gateway", 3, "c"});
    const auto seen = list();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].member.id, 3U);
    EXPECT_EQ(seen[1].member.id, 1U);
}

TEST_F(MembersTest, ForgetsWhoHasBeenSilentForLong) {
    server_.run({"ZADD", keys::members, "1000", "gateway/1/gone"});
    server_.run({"ZADD", keys::members, "2000", "not a member"});
    ASSERT_EQ(list().size(), 1U);
    EXPECT_GT(list()[0].silent_for, member_remembered);
    beat(client_, {"gateway", 2, "here"});
    EXPECT_EQ(list().size(), 1U);
}

}  // namespace
}  // namespace ledger
