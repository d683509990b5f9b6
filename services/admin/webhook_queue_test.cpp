#include "admin/webhook_queue.h"

#include <gmock/gmock.h>

namespace admin {
namespace {

using namespace std::chrono_literals;
using Outcome = WebhookQueue::Outcome;

class WebhookQueueTest : public testing::Test {
  protected:
    std::string next() {
        const auto* const delivery = queue_.next(now_);
        return delivery == nullptr ? "" : delivery->id;
    }
    base::SteadyTime now_{1h};
    WebhookQueue queue_{};
};

TEST_F(WebhookQueueTest, GivesOneAtATimeInOrder) {
    queue_.push({.id = "a", .place = "1-0"});
    queue_.push({.id = "b"});
    EXPECT_EQ(next(), "a");
    EXPECT_EQ(next(), "") << "one is on its way";
    EXPECT_EQ(queue_.on_outcome(Outcome::taken, now_).place, "1-0");
    EXPECT_EQ(next(), "b");
    EXPECT_EQ(queue_.on_outcome(Outcome::taken, now_).place, "");
    EXPECT_EQ(next(), "");
}

TEST_F(WebhookQueueTest, RestsLongerAndLongerAndThenNotAtAll) {
    queue_.push({.id = "a"});
    queue_.push({.id = "b"});
    for (const auto rest : {1s, 2s, 4s, 8s}) {
        EXPECT_EQ(next(), "a");
        queue_.on_outcome(Outcome::failed, now_);
        EXPECT_EQ(queue_.due(), now_ + rest);
        now_ += rest - 1ms;
        EXPECT_EQ(next(), "");
        now_ += 1ms;
    }
    EXPECT_EQ(next(), "a");
    queue_.on_outcome(Outcome::taken, now_);
    EXPECT_EQ(next(), "b");
}

TEST_F(WebhookQueueTest, GivesUpAfterADayAndGoesOn) {
    queue_.push({.id = "a", .place = "1-0"});
    queue_.push({.id = "b"});
    const auto begun = now_;
    while (true) {
        ASSERT_EQ(next(), "a");
        const auto ended = queue_.on_outcome(Outcome::failed, now_);
        if (ended.is_given_up) {
            EXPECT_EQ(ended.place, "1-0");
            break;
        }
        ASSERT_LE(*queue_.due() - now_, 10min);
        now_ = *queue_.due();
        ASSERT_LT(now_ - begun, 25h);
    }
    EXPECT_GE(now_ - begun, 24h);
    now_ += 10min;
    EXPECT_EQ(next(), "b");
}

TEST_F(WebhookQueueTest, StopsForAReceiverThatIsGone) {
    queue_.push({.id = "a"});
    queue_.push({.id = "b"});
    EXPECT_EQ(next(), "a");
    queue_.on_outcome(Outcome::refused_for_good, now_);
    EXPECT_TRUE(queue_.push({.id = "c"}));
    EXPECT_EQ(next(), "");
    EXPECT_TRUE(queue_.is_stopped());
}

TEST_F(WebhookQueueTest, LetsProblemsGoForBlocksWhenItIsFull) {
    queue_.push({.id = "block", .place = "1-0"});
    for (std::size_t i = 1; i < WebhookQueue::size_max; ++i)
        EXPECT_TRUE(queue_.push({.id = "problem" + std::to_string(i)}));
    EXPECT_FALSE(queue_.push({.id = "last", .place = "2-0"}));
    EXPECT_EQ(queue_.size(), WebhookQueue::size_max);
    EXPECT_EQ(next(), "block");
    queue_.on_outcome(Outcome::taken, now_);
    EXPECT_EQ(next(), "problem2") << "the oldest problem went";
}

}  // namespace
}  // namespace admin
