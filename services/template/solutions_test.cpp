#include "template/solutions.h"

#include <gtest/gtest.h>

namespace templates {
namespace {

using Kind = BlockState::Kind;

SpooledBlock block(std::uint8_t name) {
    SpooledBlock made;
    made.hash.value.bytes.fill(name);
    made.height = name;
    made.bytes = base::Bytes(100, std::byte{name});
    return made;
}

template <class Effect>
const Effect* only(const std::vector<Solutions::Effect>& effects) {
    return effects.size() == 1 ? std::get_if<Effect>(&effects.front()) : nullptr;
}

TEST(Solutions, StoresThenSubmitsThenRemembersWhatBecameOfIt) {
    Solutions solutions{10};
    const auto found = solutions.on_found(block(1));
    ASSERT_NE(only<Solutions::StoreBlock>(found), nullptr);
    EXPECT_EQ(only<Solutions::StoreBlock>(found)->block, block(1));
    EXPECT_FALSE(solutions.find(block(1).hash)->is_on_disk);

    const auto stored = solutions.on_stored(block(1).hash, true);
    ASSERT_NE(only<Solutions::SubmitBlock>(stored), nullptr);
    EXPECT_EQ(only<Solutions::SubmitBlock>(stored)->bytes, block(1).bytes);
    EXPECT_EQ(solutions.unsettled(), 1U);

    const auto settled =
        solutions.on_settled(block(1).hash, {.kind = Kind::accepted, .reason = {}});
    ASSERT_NE(only<Solutions::StoreState>(settled), nullptr);
    EXPECT_EQ(solutions.unsettled(), 0U);
    EXPECT_EQ(solutions.newest(1).front().state.kind, Kind::accepted);
}

TEST(Solutions, DoesNothingForOneThatIsKnown) {
    Solutions solutions{10};
    (void)solutions.on_found(block(1));
    EXPECT_TRUE(solutions.on_found(block(1)).empty()) << "it is on its way to the disk";
    (void)solutions.on_stored(block(1).hash, true);
    EXPECT_TRUE(solutions.on_found(block(1)).empty());
    EXPECT_EQ(solutions.newest(10).size(), 1U);
}

TEST(Solutions, SubmitsWhatADiskDidNotTakeAndStoresItWhenItComesAgain) {
    Solutions solutions{10};
    (void)solutions.on_found(block(1));
    EXPECT_NE(only<Solutions::SubmitBlock>(solutions.on_stored(block(1).hash, false)), nullptr);
    EXPECT_NE(only<Solutions::StoreBlock>(solutions.on_found(block(1))), nullptr);
    EXPECT_TRUE(solutions.on_stored(block(1).hash, true).empty()) << "it was submitted already";
    EXPECT_TRUE(solutions.find(block(1).hash)->is_on_disk);
}

TEST(Solutions, SubmitsAgainUntilItIsSettled) {
    Solutions solutions{10};
    (void)solutions.on_found(block(1));
    (void)solutions.on_stored(block(1).hash, true);
    EXPECT_NE(only<Solutions::SubmitBlock>(solutions.on_retry(block(1).hash)), nullptr);
    (void)solutions.on_settled(block(1).hash, {.kind = Kind::rejected, .reason = "high-hash"});
    EXPECT_TRUE(solutions.on_retry(block(1).hash).empty());
}

TEST(Solutions, SubmitsWhatARestartFindsUnsettled) {
    Solutions solutions{10};
    EXPECT_NE(only<Solutions::SubmitBlock>(solutions.on_recovered(block(1), {})), nullptr);
    EXPECT_TRUE(solutions.on_recovered(block(2), {.kind = Kind::accepted, .reason = {}}).empty());
    EXPECT_EQ(solutions.unsettled(), 1U);
    EXPECT_TRUE(solutions.on_found(block(1)).empty());
    ASSERT_EQ(solutions.newest(10).size(), 2U);
    EXPECT_EQ(solutions.newest(10).front().height, 2U) << "newest first";
}

TEST(Solutions, ForgetsTheOldestSettledAndNeverAnUnsettledOne) {
    Solutions solutions{2};
    for (std::uint8_t name = 1; name <= 4; ++name) {
        (void)solutions.on_found(block(name));
        (void)solutions.on_stored(block(name).hash, true);
    }
    const BlockState accepted{.kind = Kind::accepted, .reason = {}};
    EXPECT_EQ(solutions.on_settled(block(2).hash, accepted).size(), 1U);
    EXPECT_EQ(solutions.on_settled(block(3).hash, accepted).size(), 1U);
    const auto effects = solutions.on_settled(block(4).hash, accepted);
    ASSERT_EQ(effects.size(), 2U);
    ASSERT_NE(std::get_if<Solutions::Forget>(&effects[1]), nullptr);
    EXPECT_EQ(std::get<Solutions::Forget>(effects[1]).hash, block(2).hash);
    EXPECT_NE(solutions.find(block(1).hash), nullptr);
    EXPECT_EQ(solutions.find(block(2).hash), nullptr);
}

}  // namespace
}  // namespace templates
