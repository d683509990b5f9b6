#include "admin/ban_fields.h"

#include <gtest/gtest.h>

namespace admin {
namespace {

constexpr base::UnixMicros now{std::chrono::seconds{1'700'000'000}};

adit::admin::v1::Ban ban_of_address(const std::string& address) {
    adit::admin::v1::Ban ban;
    ban.set_address(address);
    return ban;
}

TEST(BanFields, GoesToTheLedgerAndBack) {
    for (const char* address : {"10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1"}) {
        auto ban = ban_of_address(address);
        ban.set_reason("floods");
        ban.mutable_expire_time()->set_seconds(1'700'000'001);
        const auto made = to_ledger(ban, now);
        ASSERT_TRUE(made) << address;
        const auto back = to_api(*made);
        EXPECT_EQ(back.address(), address);
        EXPECT_EQ(back.reason(), "floods");
        EXPECT_EQ(back.expire_time().seconds(), 1'700'000'001);
        EXPECT_EQ(*ban_subject(back.name()), made->subject) << back.name();
    }
    adit::admin::v1::Ban ban;
    ban.set_identity("al/ice %\xc3\xa9");
    const auto made = to_ledger(ban, now);
    ASSERT_TRUE(made);
    EXPECT_EQ(to_api(*made).name(), "bans/identity:al%2Fice%20%25%C3%A9");
    EXPECT_EQ(*ban_subject(to_api(*made).name()), made->subject);
}

TEST(BanFields, NamesABanAfterItsSubject) {
    EXPECT_EQ(ban_name(*base::parse_ip_network("10.0.0.0/8")), "bans/address:10.0.0.0%2F8");
    EXPECT_EQ(ban_name(std::string{"alice"}), "bans/identity:alice");
    auto ban = ban_of_address("10.0.0.1");
    ban.set_name("bans/address:10.0.0.1");
    EXPECT_TRUE(to_ledger(ban, now));
    ban.set_name("bans/address:10.0.0.2");
    const auto wrong = to_ledger(ban, now);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().reason, Reason::invalid_name);
}

TEST(BanFields, RefusesWhatIsNoBan) {
    adit::admin::v1::Ban none;
    EXPECT_FALSE(to_ledger(none, now));
    none.set_identity("");
    EXPECT_FALSE(to_ledger(none, now));
    none.set_identity(std::string(256, 'a'));
    EXPECT_FALSE(to_ledger(none, now));
    for (const char* address : {"", "10.0.0.0/33", "pool.example", "10.0.0.1:80"})
        EXPECT_FALSE(to_ledger(ban_of_address(address), now)) << address;
    auto late = ban_of_address("10.0.0.1");
    late.mutable_expire_time()->set_seconds(1'700'000'000);
    EXPECT_FALSE(to_ledger(late, now)) << "ends now";
    late.mutable_expire_time()->set_seconds(std::numeric_limits<std::int64_t>::max());
    EXPECT_FALSE(to_ledger(late, now)) << "no time that anybody can write";
    auto wordy = ban_of_address("10.0.0.1");
    wordy.set_reason(std::string(256, 'x'));
    EXPECT_FALSE(to_ledger(wordy, now));
    for (const char* name : {"bans/", "bans/x", "bans/address:", "bans/address:x",
                             "bans/identity:", "bans/address:10.0.0.0/8", "bans/identity:%"})
        EXPECT_FALSE(ban_subject(name)) << name;
}

}  // namespace
}  // namespace admin
