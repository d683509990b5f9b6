#include "ledger/ban_list.h"

#include <gtest/gtest.h>

namespace ledger {
namespace {

using namespace std::chrono_literals;

constexpr base::UnixMicros now{1'700'000'000s};

base::IpNetwork network(std::string_view text) {
    return base::parse_ip_network(text).value();
}
base::IpAddress address(std::string_view text) {
    return base::parse_ip_address(text).value();
}

TEST(Ban, IsReadAsItIsWritten) {
    const Ban bans[] = {
        {network("10.0.0.0/8"), "flood of opens", now + 24h},
        {network("2001:db8::1"), "", std::nullopt},
        {std::string{"alice.rig 1"}, "chargeback 77", std::nullopt},
    };
    for (const auto& ban : bans)
        EXPECT_EQ(read_ban(ban_field(ban.subject), ban_value(ban)), ban) << ban_field(ban.subject);
    EXPECT_EQ(ban_field(bans[0].subject), "address 10.0.0.0/8");
    EXPECT_EQ(ban_value(bans[0]), "1700086400 flood of opens");
    EXPECT_EQ(ban_value(bans[1]), "0 ");
}

TEST(Ban, IsNotReadFromWhatIsNone) {
    const struct {
        const char* field;
        const char* value;
    } cases[] = {
        {"version", "7"},
        {"address 10.0.0.0/8", ""},
        {"address 10.0.0.0/8", "0"},
        {"address pool", "0 why"},
        {"address 10.0.0.0/8", "-1 why"},
        {"address 10.0.0.0/8", "x why"},
        {"identity ", "0 why"},
        {"country xy", "0 why"},
    };
    for (const auto& [field, value] : cases)
        EXPECT_FALSE(read_ban(field, value)) << field << '=' << value;
}

TEST(BanList, KeepsOutAddressesAndNetworks) {
    const BanList list{{{network("192.0.2.7"), "one", {}},
                        {network("10.0.0.0/8"), "many", {}},
                        {network("10.1.0.0/16"), "some of them", {}},
                        {network("2001:db8::/32"), "v6", {}}}};
    const struct {
        const char* address;
        const char* reason;
    } cases[] = {
        {"192.0.2.7", "one"},     {"192.0.2.8", nullptr},      {"10.200.0.1", "many"},
        {"10.1.0.1", "many"},     {"11.0.0.1", nullptr},       {"2001:db8:1::1", "v6"},
        {"2001:db9::1", nullptr}, {"::ffff:10.0.0.1", "many"},
    };
    for (const auto& [text, reason] : cases) {
        const auto* ban = list.find(address(text), now);
        ASSERT_EQ(ban != nullptr, reason != nullptr) << text;
        if (ban == nullptr) continue;
        EXPECT_EQ(ban->reason, reason) << text;
    }
}

TEST(BanList, KeepsOutAnIdentityWithAllItsWorkers) {
    const BanList list{{{std::string{"alice"}, "a", {}}, {std::string{"bob.rig1"}, "b", {}}}};
    for (const auto* banned : {"alice", "alice.rig1", "alice.a.b", "bob.rig1", "bob.rig1.x"})
        EXPECT_NE(list.find(std::string_view{banned}, now), nullptr) << banned;
    for (const auto* free : {"", "alice2", "Alice", "bob", "bob.rig2", "carol.alice", ".alice"})
        EXPECT_EQ(list.find(std::string_view{free}, now), nullptr) << free;
}

TEST(BanList, EndsABanWithItsSecond) {
    const BanList list{{{network("192.0.2.7"), "", now}, {std::string{"alice"}, "", now}}};
    EXPECT_NE(list.find(address("192.0.2.7"), now - 1us), nullptr);
    EXPECT_EQ(list.find(address("192.0.2.7"), now), nullptr);
    EXPECT_NE(list.find(std::string_view{"alice"}, now - 1us), nullptr);
    EXPECT_EQ(list.find(std::string_view{"alice"}, now), nullptr);
}

}  // namespace
}  // namespace ledger
