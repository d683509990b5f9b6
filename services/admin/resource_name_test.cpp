#include "admin/resource_name.h"

#include <gmock/gmock.h>

#include "base/random.h"

namespace admin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ResourceName, GivesItsVariables) {
    EXPECT_THAT(*parse_name(names::gateway, "gateways/gateway-1"), ElementsAre("gateway-1"));
    EXPECT_THAT(*parse_name(names::connection, "gateways/g/connections/17"),
                ElementsAre("g", "17"));
    EXPECT_THAT(*parse_name(names::worker, "identities/al%2Fice/workers/-"),
                ElementsAre("al%2Fice", "-"));
    EXPECT_THAT(*parse_name(names::ban, "bans/address:10.0.0.0%2F8"),
                ElementsAre("address:10.0.0.0%2F8"));
    EXPECT_THAT(*parse_name(names::service, "services/10.0.0.1:24270"),
                ElementsAre("10.0.0.1:24270"));
}

TEST(ResourceName, RefusesWhatHasAnotherForm) {
    const std::string bad[] = {"",
                               "gateways",
                               "gateways/",
                               "/gateways/a",
                               "gateways/a/",
                               "gateways//a",
                               "gateway/a",
                               "gateways/a/connections/1",
                               "gateways/a b",
                               "gateways/\xff\xfe",
                               "gateways/a%",
                               "gateways/a%2",
                               "gateways/a%zz",
                               std::string{"gateways/a\0b", 12},
                               "gateways/../secrets",
                               "gateways/" + std::string(100'000, 'a')};
    for (const auto& name : bad) {
        const auto parsed = parse_name(names::gateway, name);
        ASSERT_FALSE(parsed) << name.substr(0, 40);
        EXPECT_EQ(parsed.error().reason, Reason::invalid_name);
        EXPECT_THAT(parsed.error().message, HasSubstr("gateways/{gateway}"));
        EXPECT_LT(parsed.error().message.size(), 300U);
        for (const char c : parsed.error().message) EXPECT_TRUE(c >= ' ' && c <= '~');
    }
}

TEST(ResourceName, TakesNoNoiseForAName) {
    base::SeededRandom random{1};
    for (int i = 0; i < 20'000; ++i) {
        std::string noise(random.next_u64() % 24, '\0');
        for (auto& c : noise) c = "g/%a-\x80\xff\x01 2"[random.next_u64() % 11];
        EXPECT_FALSE(parse_name(names::connection, noise));
    }
}

TEST(ResourceName, GivesTheBeginningOfNamesUnderAParent) {
    EXPECT_EQ(*parse_parent(names::gateway, "gateways/g"), "gateways/g/");
    EXPECT_EQ(*parse_parent(names::gateway, "gateways/-"), "");
    EXPECT_EQ(*parse_parent(names::gateway, ""), "");
    const auto wrong = parse_parent(names::gateway, "identities/a");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().metadata.at("field"), "parent");
}

}  // namespace
}  // namespace admin
