#include "template/template_store.h"

#include <gtest/gtest.h>

namespace templates {
namespace {

constexpr mining::Epoch epoch{77};

Candidate candidate(std::uint8_t tip, std::uint64_t value = 1) {
    Candidate made;
    made.block_template.tip.prev_hash.value.bytes.fill(tip);
    made.block_template.coinbase_tx_value_remaining = value;
    return made;
}

mining::TemplateRef ref(std::uint32_t sequence) {
    return *mining::TemplateRef::of(epoch, sequence);
}

TEST(TemplateStore, NamesTemplatesByEpochAndSequence) {
    TemplateStore store{epoch, {}};
    EXPECT_EQ(store.current(), nullptr);
    ASSERT_NE(store.add(candidate(1)), nullptr);
    const auto* const second = store.add(candidate(2));
    ASSERT_NE(second, nullptr);
    EXPECT_EQ(second->block_template.ref, ref(2));
    EXPECT_EQ(store.current(), second);
    EXPECT_EQ(store.find(second->block_template.ref), second);
    EXPECT_EQ(store.find(mining::TemplateRef{1}), nullptr);
}

TEST(TemplateStore, DoesNotNameTheSameTemplateTwice) {
    TemplateStore store{epoch, {}};
    ASSERT_NE(store.add(candidate(1, 5)), nullptr);
    EXPECT_EQ(store.add(candidate(1, 5)), nullptr);
    EXPECT_NE(store.add(candidate(1, 6)), nullptr);
    EXPECT_NE(store.add(candidate(1, 5)), nullptr) << "the one before the last is another";
}

TEST(TemplateStore, KeepsTheRecentTips) {
    TemplateStore store{epoch, {.tips = 2, .templates_per_tip = 10}};
    for (std::uint8_t tip = 1; tip <= 3; ++tip)
        for (std::uint64_t value = 1; value <= 2; ++value) store.add(candidate(tip, value));
    EXPECT_EQ(store.all().size(), 4U);
    EXPECT_EQ(store.find(ref(2)), nullptr);
    EXPECT_NE(store.find(ref(3)), nullptr);
}

TEST(TemplateStore, ATipThatComesBackIsRecentAgain) {
    TemplateStore store{epoch, {.tips = 2, .templates_per_tip = 10}};
    for (const std::uint8_t tip : std::initializer_list<std::uint8_t>{1, 2, 1, 3})
        store.add(candidate(tip));
    EXPECT_EQ(store.find(ref(2)), nullptr);
    EXPECT_NE(store.find(ref(1)), nullptr);
}

TEST(TemplateStore, DropsTheOldestTemplatesOfATip) {
    TemplateStore store{epoch, {.tips = 2, .templates_per_tip = 3}};
    for (std::uint64_t value = 1; value <= 5; ++value) store.add(candidate(1, value));
    EXPECT_EQ(store.all().size(), 3U);
    EXPECT_EQ(store.all().begin()->first, ref(3));
}

TEST(TemplateStore, TakesTransactionsThatComeLater) {
    TemplateStore store{epoch, {}};
    auto without = candidate(1);
    without.transactions = nullptr;
    without.origin = 7;
    const auto* const added = store.add(std::move(without));
    ASSERT_NE(added, nullptr);
    const auto given = std::make_shared<const std::vector<base::Bytes>>(3);
    store.add_transactions(8, given);
    EXPECT_EQ(added->transactions, nullptr);
    store.add_transactions(7, given);
    EXPECT_EQ(added->transactions, given);
}

}  // namespace
}  // namespace templates
