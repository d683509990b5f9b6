#include "admin/filter.h"

#include <adit/admin/v1/channel.pb.h>
#include <adit/admin/v1/fleet.pb.h>
#include <adit/admin/v1/policy.pb.h>
#include <gmock/gmock.h>

namespace admin {
namespace {

namespace proto = adit::admin::v1;

proto::Channel alices_channel() {
    proto::Channel channel;
    channel.set_name("channels/00000000000000ab");
    channel.set_user_identity("Alice.rig1");
    channel.set_kind(proto::Channel::KIND_EXTENDED);
    channel.set_difficulty(1000);
    channel.mutable_hash_rates()->set_last_5_minutes(2.5e12);
    channel.mutable_shares()->set_accepted(100);
    channel.mutable_shares()->set_rejected(3);
    (*channel.mutable_shares()->mutable_rejected_by_reason())["stale-share"] = 3;
    channel.mutable_open_time()->set_seconds(1'767'225'600);  // 2026-01-01T00:00:00Z
    channel.set_is_silent(true);
    return channel;
}

proto::Service gateway_service() {
    proto::Service service;
    service.set_name("services/gateway-1");
    service.set_state(proto::Service::STATE_NOT_READY);
    (*service.mutable_samples())["up{a=\"b.c\"}"] = 2;
    auto& first = *service.add_stages();
    first.set_name("block");
    first.set_depth(1);
    auto& second = *service.add_stages();
    second.set_name("template");
    second.set_oldest_seconds(7);
    return service;
}

struct Case {
    const char* filter;
    bool matches;
};

void expect_matches(const google::protobuf::Message& row, std::initializer_list<Case> cases) {
    for (const auto& [text, matches] : cases) {
        SCOPED_TRACE(text);
        const auto filter = Filter::parse(*row.GetDescriptor(), text);
        ASSERT_TRUE(filter) << filter.error().to_string();
        EXPECT_EQ(filter->matches(row), matches);
    }
}

TEST(Filter, ComparesNumbers) {
    expect_matches(alices_channel(), {
                                         {"difficulty = 1000", true},
                                         {"difficulty=1e3", true},
                                         {"difficulty != 1000", false},
                                         {"difficulty < 1000", false},
                                         {"difficulty <= 1000", true},
                                         {"difficulty > -5", true},
                                         {"hash_rates.last_5_minutes > 1e12", true},
                                         {"hash_rates.last_5_minutes >= 2.6e12", false},
                                         {"shares.accepted > 99.5", true},
                                         {"shares.accepted : 100", true},
                                         {"shares.accepted > -1", true},
                                         {"shares.accepted = 18446744073709551615", false},
                                     });
}

TEST(Filter, ComparesText) {
    expect_matches(alices_channel(), {
                                         {"user_identity = Alice.rig1", true},
                                         {"user_identity = \"alice.rig1\"", false},
                                         {"user_identity : \"ALICE\"", true},
                                         {"user_identity:rig2", false},
                                         {"user_identity = Alice.*", true},
                                         {"user_identity = *rig1", true},
                                         {"user_identity = \"*ice.r*\"", true},
                                         {"user_identity != Alice.*", false},
                                         {"user_identity >= B", false},
                                         {R"(user_identity != "a \" b")", true},
                                     });
}

TEST(Filter, ComparesEnumsTimesAndClaims) {
    expect_matches(alices_channel(), {
                                         {"kind = EXTENDED", true},
                                         {"kind = kind_extended", true},
                                         {"kind != standard", true},
                                         {"open_time > 2025-12-31T23:59:59Z", true},
                                         {"open_time < \"2026-01-01T01:00:00+01:00\"", false},
                                         {"open_time = \"2026-01-01T01:00:00+01:00\"", true},
                                         {"open_time < 9999-01-01T00:00:00Z", true},
                                         {"is_silent", true},
                                         {"NOT is_silent", false},
                                         {"is_silent = false", false},
                                     });
}

TEST(Filter, ComparesDurations) {
    proto::ChannelPolicy policy;
    policy.mutable_false_change_interval()->set_seconds(90);
    // A kind of row without a name has no words to look for.
    EXPECT_FALSE(Filter::parse(*policy.GetDescriptor(), "word"));
    expect_matches(policy, {
                               {"false_change_interval = 90s", true},
                               {"false_change_interval > 89.5s", true},
                               {"false_change_interval > 315576000000s", false},
                           });
}

TEST(Filter, TakesWhatIsNotSetForUnequalToEverythingAndForNothingElse) {
    expect_matches(alices_channel(), {
                                         {"last_share_time < 2100-01-01T00:00:00Z", false},
                                         {"last_share_time != 2100-01-01T00:00:00Z", true},
                                         {"last_share_time:*", false},
                                         {"NOT last_share_time:*", true},
                                         {"open_time:*", true},
                                         {"connection:*", false},
                                         {"gateway != \"gateways/1\"", true},
                                         {"hash_rates:*", true},
                                         {"shares.rejected_by_reason.duplicate-share > 0", false},
                                     });
}

TEST(Filter, LooksIntoMapsAndLists) {
    expect_matches(alices_channel(), {
                                         {"shares.rejected_by_reason.stale-share > 2", true},
                                         {"shares.rejected_by_reason:stale-share", true},
                                         {"shares.rejected_by_reason:duplicate-share", false},
                                         {"shares.rejected_by_reason:*", true},
                                     });
    expect_matches(gateway_service(), {
                                          {R"(samples."up{a=\"b.c\"}" > 1)", true},
                                          {"samples.\"x\" > 1", false},
                                          {"stages.name = template", true},
                                          {"stages.oldest_seconds > 5", true},
                                          {"stages.depth > 5", false},
                                          {"stages.name != block", false},
                                          {"state = \"not_ready\"", true},
                                      });
}

TEST(Filter, CombinesAsAip160Says) {
    expect_matches(alices_channel(),
                   {
                       {"difficulty > 1 AND is_silent", true},
                       {"difficulty > 1 is_silent", true},
                       {"difficulty > 1 -is_silent", false},
                       {"difficulty > 1 AND NOT is_silent", false},
                       {"difficulty = 1 OR is_silent", true},
                       // OR binds more closely than AND.
                       {"difficulty = 1 AND is_silent OR difficulty > 1", false},
                       {"(difficulty = 1 AND is_silent) OR difficulty > 1", true},
                       {"NOT (difficulty = 1 OR kind = standard)", true},
                       {"00AB", true},
                       {"channels/0", true},
                       {"\"no such\"", false},
                       {"", true},
                       {"  \n ", true},
                       {"hash_rates.last_5_minutes > 1e12 AND (user_identity : \"alice\" OR NOT "
                        "kind = \"EXTENDED\")",
                        true},
                   });
}

TEST(Filter, SaysWhatIsWrongAndWhere) {
    const struct {
        const char* filter;
        std::size_t position;
        const char* text;
    } cases[] = {
        {"hashrate > 1", 1, "there is no field \"hashrate\"; Channel has name, user_identity"},
        {"is_silent AND hash_rates.x > 1", 15, "HashRates has last_minute, last_5_minutes"},
        {"name.x = 1", 1, "\"name\" has no fields"},
        {"open_time.seconds > 1", 1, "\"open_time\" has no fields"},
        {"difficulty > many", 14, "\"many\" is no number, such as"},
        {"kind = round", 8, "\"round\" is none of unspecified, standard, extended"},
        {"open_time > yesterday", 13, "is no time, such as 2026-"},
        {"is_silent = 1", 13, "neither true nor false"},
        {"hash_rates > 1", 14, "is a message: compare last_minute"},
        {"shares.rejected_by_reason > 1", 29, "is a map: compare an entry"},
        {"difficulty >", 13, "something to compare with is missing at the end"},
        {"difficulty > 1 AND", 19, "a field or a word is missing at the end"},
        {"(difficulty > 1", 1, "this \"(\" has no \")\""},
        {"difficulty > 1)", 15, "a \")\" too many"},
        {"name = \"open", 8, "these quotes have no end"},
        {"> 1", 1, "here stands \">\""},
    };
    for (const auto& [text, position, reason] : cases) {
        SCOPED_TRACE(text);
        const auto filter = Filter::parse(*proto::Channel::descriptor(), text);
        ASSERT_FALSE(filter);
        EXPECT_EQ(filter.error().position, position);
        EXPECT_THAT(filter.error().text, testing::HasSubstr(reason));
    }
}

TEST(Filter, BoundsSizeAndDepth) {
    const auto& row = *proto::Channel::descriptor();
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '(') + "is_silent" + std::string(depth, ')');
    };
    EXPECT_TRUE(Filter::parse(row, nested(filter_depth_max)));
    EXPECT_FALSE(Filter::parse(row, nested(filter_depth_max + 1)));
    EXPECT_TRUE(Filter::parse(row, std::string(filter_size_max, 'a')));
    EXPECT_FALSE(Filter::parse(row, std::string(filter_size_max + 1, 'a')));
}

}  // namespace
}  // namespace admin
