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
