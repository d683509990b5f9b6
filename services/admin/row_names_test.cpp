#include "admin/row_names.h"

#include <gtest/gtest.h>

#include "admin/channel_scan.h"

namespace admin {
namespace {

TEST(RowNames, WritesWhatANameCannotHaveAsInAUrl) {
    EXPECT_EQ(worker_resource("alice", "rig1"), "identities/alice/workers/rig1");
    EXPECT_EQ(worker_resource("alice", ""), "identities/alice/workers/-");
    EXPECT_EQ(worker_resource("alice", "-"), "identities/alice/workers/%2D");
    EXPECT_EQ(worker_resource("", "a/b%"), "identities/~none/workers/a%2Fb%25");
    EXPECT_EQ(identity_resource("~others"), "identities/%7Eothers");
    EXPECT_EQ(identity_resource("z\xc3\xbc\xff"), "identities/z%C3%BC%FF");
    EXPECT_EQ(channel_resource(mining::ChannelKey{0xabc}), "channels/0000000000000abc");
}

TEST(RowNames, ShowsOnlyWhatIsText) {
    EXPECT_EQ(printable("alice z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80"),
              "alice z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80");
    EXPECT_EQ(printable(std::string_view{"a\x00\n\x7f", 4}), "a???");
    EXPECT_EQ(printable("\xff\xc3"), "??");
    EXPECT_EQ(printable("\xc0\x80|\xed\xa0\x80|\xf4\x90\x80\x80"), "??|???|????");
}

TEST(ChannelScan, ReadsAChannelsHash) {
    const auto text = [](std::string value) { return redis::Reply{std::move(value)}; };
    redis::Reply hash{redis::Reply::Array{
        text("kind"), text("standard"), text("nominal_hash_rate"), text("2.5e12"), text("target"),
        text("00000000ffff0000000000000000000000000000000000000000000000000000"),
        text("user_identity"), text(std::string(64, 'a')), text("user_identity_2"), text(".rig"),
        text("shares"), text("5 0 21474836480 0 1700000000000000 0 2 0 0 0 0 0 0 0")}};
    const auto facts = read_channel("{p12}:ch:0000010000000003", hash);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->key.epoch(), mining::Epoch{0x10000});
    EXPECT_EQ(facts->partition, 12U);
    EXPECT_EQ(facts->kind, mining::ChannelKind::standard);
    EXPECT_EQ(facts->user_identity, std::string(64, 'a') + ".rig");
    EXPECT_EQ(facts->nominal_hash_rate, 2.5e12);
    ASSERT_TRUE(facts->sums);
    EXPECT_EQ(facts->sums->accepted, 5U);
    for (const auto* key :
         {"{p1}:ch:12", "{p}:ch:0000010000000003", "{p1}:gw", "{p1}:ch:000001000000000g"})
        EXPECT_FALSE(read_channel(key, hash)) << key;
    EXPECT_FALSE(read_channel("{p12}:ch:0000010000000003", redis::Reply{}));
}

}  // namespace
}  // namespace admin
