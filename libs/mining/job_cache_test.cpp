#include "mining/job_cache.h"

#include <gtest/gtest.h>

#include "mining/extranonce.h"
#include "mining/records_testing.h"

namespace mining {
namespace {

BlockTemplate template_numbered(std::uint64_t number) {
    auto block_template = some_template();
    block_template.ref = TemplateRef{number};
    return block_template;
}

const JobCoinbase* derive(JobCache& cache, std::uint64_t number, Variant variant = Variant{0},
                          std::size_t size = 16) {
    return cache.find_or_derive(template_numbered(number), some_outputs(),
                                outputs_id(some_outputs()), variant, size);
}

TEST(JobCache, DerivesEachCoinbaseOnce) {
    JobCache cache{10};
    const auto* first = derive(cache, 1);
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->parts(),
              *derive_coinbase(template_numbered(1), some_outputs(), Variant{0}, 16));
    EXPECT_EQ(derive(cache, 1), first);
    EXPECT_NE(derive(cache, 1, Variant{1}), first);
    EXPECT_NE(derive(cache, 1, Variant{0}, 17), first);
    EXPECT_NE(derive(cache, 2), first);
    EXPECT_NE(
        cache.find_or_derive(template_numbered(1), some_outputs(), OutputsId{1}, Variant{0}, 16),
        first);
    EXPECT_EQ(cache.size(), 5U);
}

TEST(JobCache, DropsTheOldestTemplatesBeyondItsBound) {
    JobCache cache{2};
    for (const std::uint64_t number : {3U, 1U, 2U, 4U}) derive(cache, number);
    EXPECT_EQ(cache.size(), 4U);  // nothing goes while a batch may point to it
    const auto* kept = derive(cache, 4);
    cache.trim();
    EXPECT_EQ(cache.size(), 2U);
    EXPECT_EQ(derive(cache, 4), kept);
    derive(cache, 3);
    EXPECT_EQ(cache.size(), 2U);
    derive(cache, 1);
    EXPECT_EQ(cache.size(), 3U);
}

TEST(JobCache, KeepsNothingThatCannotBeBuilt) {
    JobCache cache{2};
    EXPECT_EQ(derive(cache, 1, Variant{0}, extranonce_size_max + 1), nullptr);
    EXPECT_EQ(cache.size(), 0U);
}

}  // namespace
}  // namespace mining
