#include "template/ipc_tips.h"

#include <gtest/gtest.h>
#include <kj/debug.h>

#include <boost/asio/io_context.hpp>

#include "template/ipc_lane.h"
#include "template/kj_loop.h"

namespace templates {
namespace {

bitcoin::BlockHash hash(std::uint8_t number) {
    bitcoin::BlockHash result;
    result.value.bytes.front() = number;
    return result;
}

TEST(IpcTips, TakesTemplatesOfTheNewestTipOnly) {
    IpcTips tips;
    tips.on_tip(hash(1));
    EXPECT_TRUE(tips.is_newest(hash(1)));
    tips.on_tip(hash(2));
    EXPECT_FALSE(tips.is_newest(hash(1))) << "made before, read out after";
    EXPECT_TRUE(tips.is_newest(hash(2)));
}

TEST(IpcTips, TakesATemplateThatIsAheadOfTheNews) {
    IpcTips tips;
    tips.on_tip(hash(1));
    EXPECT_TRUE(tips.is_newest(hash(2)));
    EXPECT_FALSE(tips.is_newest(hash(1)));
}

TEST(IpcTips, GoesBackWhenTheNodeSaysSo) {
    IpcTips tips;
    tips.on_tip(hash(1));
    tips.on_tip(hash(2));
    tips.on_tip(hash(1));
    EXPECT_TRUE(tips.is_newest(hash(1)));
    EXPECT_FALSE(tips.is_newest(hash(2)));
}

TEST(IpcShelf, HoldsTheTemplatesOfTheRecentTips) {
    IpcShelf<int> shelf{{.tips = 2, .templates_per_tip = 3}};
    EXPECT_TRUE(shelf.add(1, hash(1), 10).empty());
    EXPECT_TRUE(shelf.add(2, hash(1), 20).empty());
    EXPECT_TRUE(shelf.add(3, hash(2), 30).empty());
    EXPECT_EQ(shelf.add(4, hash(3), 40), (std::vector{10, 20}));
    EXPECT_EQ(shelf.find(1), nullptr);
    ASSERT_NE(shelf.find(3), nullptr);
    EXPECT_EQ(*shelf.find(3), 30);
}

TEST(IpcShelf, HoldsSoManyOfATip) {
    IpcShelf<int> shelf{{.tips = 2, .templates_per_tip = 2}};
    EXPECT_TRUE(shelf.add(1, hash(1), 10).empty());
    EXPECT_TRUE(shelf.add(2, hash(2), 20).empty());
    EXPECT_TRUE(shelf.add(3, hash(2), 30).empty());
    EXPECT_EQ(shelf.add(4, hash(2), 40), std::vector{20});
    EXPECT_EQ(shelf.size(), 3U);
    // Back to the older tip, whose template is held as long as the tip is among the recent ones.
    EXPECT_TRUE(shelf.add(5, hash(1), 50).empty());
    EXPECT_EQ(shelf.add(6, hash(3), 60), (std::vector{30, 40}));
}

class IpcLaneTest : public testing::Test {
  protected:
    IpcLaneTest() { KjLoop::of(loop); }
    ~IpcLaneTest() noexcept override {}
    // Three calls, each answered when its fulfiller is.
    kj::Promise<void> call(int number) {
        return lane.take_turn([this, number] {
            begun.push_back(number);
            auto pair = kj::newPromiseAndFulfiller<void>();
            answers.push_back(kj::mv(pair.fulfiller));
            return kj::mv(pair.promise);
        });
    }
    boost::asio::io_context loop{};
    base::ManualClock clock{};
    IpcLane lane{(KjLoop::of(loop), clock), nullptr};
    std::vector<int> begun{};
    std::vector<kj::Own<kj::PromiseFulfiller<void>>> answers{};
};

TEST_F(IpcLaneTest, MakesOneCallAtATime) {
    auto first = call(1).eagerlyEvaluate(nullptr);
    auto second = call(2).eagerlyEvaluate(nullptr);
    auto third = call(3).catch_([](kj::Exception&&) {}).eagerlyEvaluate(nullptr);
    loop.run();
    EXPECT_EQ(begun, std::vector{1});
    EXPECT_EQ(lane.busy_since(), clock.steady_now());
    clock.advance(std::chrono::seconds{1});
    answers[0]->fulfill();
    loop.restart();
    loop.run();
    EXPECT_EQ(begun, (std::vector{1, 2}));
    EXPECT_EQ(lane.busy_since(), clock.steady_now());
    answers[1]->fulfill();
    loop.restart();
    loop.run();
    EXPECT_EQ(begun, (std::vector{1, 2, 3}));
    answers[2]->reject(KJ_EXCEPTION(FAILED, "no"));
    loop.restart();
    loop.run();
    EXPECT_EQ(lane.busy_since(), std::nullopt);
}

}  // namespace
}  // namespace templates
