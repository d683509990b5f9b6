#include "redis/slot_map.h"

#include <gtest/gtest.h>

namespace redis {
namespace {

Address at(const char* host, std::uint16_t port) {
    Address address;
    address.host = host;
    address.port = port;
    return address;
}

Reply node(Reply host, std::int64_t port) {
    return Reply{Reply::Array{std::move(host), Reply{port}, Reply{std::string(40, 'a')},
                              Reply{Reply::Array{}}}};
}
Reply range(std::int64_t first, std::int64_t last, Reply::Array nodes) {
    Reply::Array items{Reply{first}, Reply{last}};
    for (auto& one : nodes) items.push_back(std::move(one));
    return Reply{std::move(items)};
}

TEST(SlotMap, ReadsWhoHasWhat) {
    const Reply slots{Reply::Array{range(5461, 10922, {node({"b"}, 2), node({"y"}, 2)}),
                                   range(0, 100, {node({"a"}, 1), node({"x"}, 1)}),
                                   range(102, 5460, {node({"a"}, 1), node({"x"}, 1)})}};
    const auto map = SlotMap::from(slots, at("asked", 9));
    ASSERT_TRUE(map.has_value());
    EXPECT_EQ(map->primaries(), (std::vector{at("a", 1), at("b", 2)}));
    EXPECT_EQ(map->replicas(), (std::vector{at("x", 1), at("y", 2)}));
    EXPECT_EQ(*map->owner(0), at("a", 1));
    EXPECT_EQ(*map->owner(100), at("a", 1));
    EXPECT_EQ(map->owner(101), nullptr);
    EXPECT_EQ(*map->owner(102), at("a", 1));
    EXPECT_EQ(*map->owner(5460), at("a", 1));
    EXPECT_EQ(*map->owner(5461), at("b", 2));
    EXPECT_EQ(*map->owner(10922), at("b", 2));
    EXPECT_EQ(map->owner(10923), nullptr);
    EXPECT_EQ(map->owner(16383), nullptr);
}

TEST(SlotMap, TakesTheAddressThatWasAskedWhereTheNodeTellsNone) {
    for (auto host : {Reply{}, Reply{""}, Reply{"?"}}) {
        const auto map = SlotMap::from(
            Reply{Reply::Array{range(0, 16383, {node(std::move(host), 7)})}}, at("asked", 9));
        ASSERT_TRUE(map.has_value());
        EXPECT_EQ(*map->owner(16383), at("asked", 7));
    }
}

TEST(SlotMap, FollowsASlotThatMoves) {
    auto map = *SlotMap::from(Reply{Reply::Array{range(0, 16383, {node({"b"}, 1)})}}, {});
    const auto before = map;
    map.move(7, at("a", 1));
    EXPECT_NE(map, before);
    EXPECT_EQ(*map.owner(7), at("a", 1));
    EXPECT_EQ(*map.owner(8), at("b", 1));
    EXPECT_TRUE(map.is_primary(at("a", 1)));
    map.move(7, at("b", 1));
    EXPECT_EQ(*map.owner(7), at("b", 1));
}

TEST(SlotMap, RefusesWhatIsNone) {
    const Reply cases[] = {
        Reply{},
        Reply{"OK"},
        Reply{Reply::ErrorText{"ERR This instance has cluster support disabled"}},
        Reply{Reply::Array{}},
        Reply{Reply::Array{Reply{1}}},
        Reply{Reply::Array{range(0, 16384, {node({"a"}, 1)})}},
        Reply{Reply::Array{range(-1, 5, {node({"a"}, 1)})}},
        Reply{Reply::Array{range(6, 5, {node({"a"}, 1)})}},
        Reply{Reply::Array{range(0, 5, {})}},
        Reply{Reply::Array{range(0, 5, {node({"a"}, 0)})}},
        Reply{Reply::Array{range(0, 5, {node({"a"}, 65536)})}},
    };
    for (const auto& slots : cases) EXPECT_FALSE(SlotMap::from(slots, {}).has_value());
}

}  // namespace
}  // namespace redis
