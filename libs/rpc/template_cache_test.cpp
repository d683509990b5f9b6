#include "rpc/template_cache.h"

#include <gtest/gtest.h>

#include "rpc/template_samples.h"

namespace rpc {
namespace {

mining::TemplateRef ref(std::uint64_t epoch, std::uint32_t sequence) {
    return *mining::TemplateRef::of(mining::Epoch{epoch}, sequence);
}

void insert(TemplateCache& cache, mining::TemplateRef at, std::uint8_t tip) {
    cache.insert(sample_template(at.value, tip));
}

TEST(TemplateCache, HandsOutNothingBeforeTheFirst) {
    TemplateCache cache;
    insert(cache, ref(1, 1), 1);
    EXPECT_EQ(cache.current(), nullptr);
    EXPECT_NE(cache.find(ref(1, 1)), nullptr);
}

TEST(TemplateCache, HandsOutTheNewestEpochAndKeepsTheOlder) {
    TemplateCache cache;
    insert(cache, ref(2, 1), 1);
    EXPECT_TRUE(cache.advance_to(ref(2, 1)));
    insert(cache, ref(1, 9), 1);
    EXPECT_FALSE(cache.advance_to(ref(1, 9)));
    EXPECT_EQ(cache.current()->ref, ref(2, 1));
    EXPECT_NE(cache.find(ref(1, 9)), nullptr);
}

TEST(TemplateCache, DoesNotAdvanceToWhatItDoesNotHold) {
    TemplateCache cache;
    EXPECT_FALSE(cache.advance_to(ref(1, 1)));
    EXPECT_EQ(cache.current(), nullptr);
}

TEST(TemplateCache, ForgetsTheOldestTip) {
    TemplateCache cache{{.tips = 2, .templates_per_tip = 10}};
    for (std::uint8_t tip = 1; tip <= 3; ++tip) {
        insert(cache, ref(1, 2U * tip), tip);
        insert(cache, ref(1, 2U * tip + 1), tip);
    }
    EXPECT_EQ(cache.size(), 4U);
    EXPECT_EQ(cache.find(ref(1, 2)), nullptr);
    EXPECT_EQ(cache.find(ref(1, 3)), nullptr);
    EXPECT_NE(cache.find(ref(1, 4)), nullptr);
}

TEST(TemplateCache, KeepsTheTipThatIsWorkedOnWhateverComes) {
    TemplateCache cache{{.tips = 1, .templates_per_tip = 1}};
    insert(cache, ref(1, 1), 1);
    cache.advance_to(ref(1, 1));
    insert(cache, ref(1, 2), 1);
    insert(cache, ref(1, 3), 2);
    EXPECT_NE(cache.current(), nullptr);
    EXPECT_EQ(cache.current()->ref, ref(1, 1));
}

TEST(TemplateCache, ForgetsTheOldestTemplatesOfATip) {
    TemplateCache cache{{.tips = 2, .templates_per_tip = 3}};
    for (std::uint32_t i = 1; i <= 5; ++i) insert(cache, ref(1, i), 1);
    EXPECT_EQ(cache.size(), 3U);
    EXPECT_EQ(cache.find(ref(1, 2)), nullptr);
    EXPECT_NE(cache.find(ref(1, 3)), nullptr);
}

TEST(TemplateCache, CountsATemplateThatComesTwiceOnce) {
    TemplateCache cache{{.tips = 2, .templates_per_tip = 2}};
    insert(cache, ref(1, 1), 1);
    for (int i = 0; i < 5; ++i) insert(cache, ref(1, 2), 1);
    EXPECT_EQ(cache.size(), 2U);
    EXPECT_NE(cache.find(ref(1, 1)), nullptr);
}

}  // namespace
}  // namespace rpc
