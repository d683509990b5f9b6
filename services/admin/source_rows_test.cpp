// What sources make of the rows of Redis.
#include <gmock/gmock.h>

#include "admin/ban_source.h"
#include "admin/block_source.h"
#include "admin/moments.h"

namespace admin {
namespace {

using namespace std::chrono_literals;

TEST(BanRow, IsNamedByItsSubject) {
    const base::UnixMicros end{1'700'000'000s};
    auto row = ban_row({.subject = *base::parse_ip_network("10.0.0.0/8"), .reason = "floods"});
    EXPECT_EQ(row.name(), "bans/address:10.0.0.0%2F8");
    EXPECT_EQ(row.address(), "10.0.0.0/8");
    EXPECT_EQ(row.reason(), "floods");
    EXPECT_FALSE(row.has_expire_time());
    row = ban_row({.subject = std::string{"alice/x"}, .until = end});
    EXPECT_EQ(row.name(), "bans/identity:alice%2Fx");
    EXPECT_EQ(row.identity(), "alice/x");
    EXPECT_EQ(from_timestamp(row.expire_time()), end);
}

TEST(BlockRow, TellsWhatBecameOfIt) {
    ledger::BlockEntry found;
    found.hash.value.bytes.fill(1);
    found.event = "found";
    found.height = 5;
    found.replica = "r1";
    found.user_identity = "alice";
    found.value_sat = 7;
    found.at = found.found_at = base::UnixMicros{1'700'000'000s};
    auto taken = found;
    taken.event = "accepted";
    taken.node = "core-1";
    taken.at += 1s;
    // In whatever order they come.
    const auto row = block_row({taken, found});
    EXPECT_EQ(row.name(), "blocks/" + found.hash.value.to_be_hex());
    EXPECT_EQ(row.state(), proto::Block::STATE_ACCEPTED);
    EXPECT_EQ(row.user_identity(), "alice");
    EXPECT_EQ(row.value_sat(), 7U);
    ASSERT_EQ(row.events_size(), 2);
    EXPECT_EQ(row.events(0).event(), "found");
    EXPECT_EQ(row.events(1).node(), "core-1");
    EXPECT_EQ(block_row({found}).state(), proto::Block::STATE_FOUND);
}

}  // namespace
}  // namespace admin
