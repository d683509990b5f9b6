#include "admin/connection_index.h"

#include <gtest/gtest.h>

#include "admin/row_names.h"

namespace admin {
namespace {

namespace proto = adit::admin::v1;

class ConnectionIndexTest : public testing::Test {
  protected:
    void put(const std::string& name, const std::string& firmware,
             const std::vector<std::uint64_t>& channels) {
        proto::Connection row;
        row.set_name(name);
        row.set_firmware(firmware);
        for (const auto key : channels)
            row.add_channel_names(channel_resource(mining::ChannelKey{key}));
        rows.upsert(std::move(row));
    }
    std::string connection_of(std::uint64_t key) {
        const auto* const place = index.find(mining::ChannelKey{key});
        return place == nullptr ? "" : place->connection + " " + place->firmware;
    }

    Table<proto::Connection> rows{};
    ConnectionIndex index{rows};
};

TEST_F(ConnectionIndexTest, FollowsWhatTheGatewaysSay) {
    put("a", "one", {1, 2});
    put("b", "two", {3});
    EXPECT_EQ(connection_of(1), "") << "nobody has asked it to look";
    index.update();
    EXPECT_EQ(connection_of(1), "a one");
    EXPECT_EQ(connection_of(2), "a one");
    EXPECT_EQ(connection_of(3), "b two");
    EXPECT_EQ(connection_of(4), "");

    put("a", "one", {2, 4});
    rows.erase("b");
    index.update();
    EXPECT_EQ(connection_of(1), "");
    EXPECT_EQ(connection_of(2), "a one");
    EXPECT_EQ(connection_of(3), "");
    EXPECT_EQ(connection_of(4), "a one");
}

TEST_F(ConnectionIndexTest, AChannelThatMovesIsItsNewConnections) {
    put("a", "one", {1, 2});
    index.update();
    put("b", "two", {2});
    index.update();
    EXPECT_EQ(connection_of(2), "b two");
    rows.erase("a");
    index.update();
    EXPECT_EQ(connection_of(1), "");
    EXPECT_EQ(connection_of(2), "b two");
}

TEST_F(ConnectionIndexTest, ANewFirmwareUnderAnOldNameCounts) {
    put("a", "one", {1});
    index.update();
    put("a", "two", {1});
    index.update();
    EXPECT_EQ(connection_of(1), "a two");
}

}  // namespace
}  // namespace admin
