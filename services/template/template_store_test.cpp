#include "template/template_store.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

namespace templates {
namespace {

constexpr mining::Epoch epoch{77};
constexpr Origin origin{.node = 0, .name = 7};

Candidate candidate(std::uint8_t tip, std::uint64_t value = 1) {
    Candidate made;
    made.block_template.tip.prev_hash.value.bytes.fill(tip);
    made.block_template.coinbase_tx_value_remaining = value;
    return made;
}

HeldTemplate relayed(mining::TemplateRef ref, std::uint8_t tip) {
    HeldTemplate held;
    held.block_template = candidate(tip).block_template;
    held.block_template.ref = ref;
    return held;
}

mining::TemplateRef ref(std::uint32_t sequence, mining::Epoch leader = epoch) {
    return *mining::TemplateRef::of(leader, sequence);
}

Transactions transactions(std::initializer_list<std::string_view> texts) {
    std::vector<base::Bytes> list;
    for (const auto text : texts) list.push_back(base::to_bytes(text));
    return std::make_shared<const std::vector<base::Bytes>>(std::move(list));
}

class TemplateStoreTest : public testing::Test {
  protected:
    TemplateStore& make(TemplateStore::Limits limits = {}) {
        auto& made = store_.emplace(limits);
        EXPECT_TRUE(made.begin_epoch(epoch));
        return made;
    }

  private:
    std::optional<TemplateStore> store_{};
};

TEST_F(TemplateStoreTest, NamesTemplatesByEpochAndSequence) {
    auto& store = make();
    EXPECT_EQ(store.current(), nullptr);
    ASSERT_NE(store.add(candidate(1), origin), nullptr);
    const auto* const second = store.add(candidate(2), origin);
    ASSERT_NE(second, nullptr);
    EXPECT_EQ(second->block_template.ref, ref(2));
    EXPECT_EQ(store.current(), second);
    EXPECT_EQ(store.find(second->block_template.ref), second);
    EXPECT_EQ(store.find(mining::TemplateRef{1}), nullptr);
    EXPECT_EQ(second->origin, origin);
}

TEST_F(TemplateStoreTest, NamesNothingBeforeAnEpoch) {
    TemplateStore store;
    EXPECT_EQ(store.add(candidate(1), origin), nullptr);
}

TEST_F(TemplateStoreTest, DoesNotNameTheSameTemplateTwice) {
    auto& store = make();
    ASSERT_NE(store.add(candidate(1, 5), origin), nullptr);
    EXPECT_EQ(store.add(candidate(1, 5), origin), nullptr);
    EXPECT_NE(store.add(candidate(1, 6), origin), nullptr);
    EXPECT_NE(store.add(candidate(1, 5), origin), nullptr) << "the one before the last is another";
}

TEST_F(TemplateStoreTest, ANewEpochNamesTheSameTemplateAnew) {
    auto& store = make();
    store.insert(relayed(ref(5, mining::Epoch{70}), 1));
    const auto* const named = store.add(candidate(1), origin);
    ASSERT_NE(named, nullptr) << "its leader is another, and so is its coinbase";
    EXPECT_EQ(named->block_template.ref, ref(1));
    EXPECT_EQ(store.all().size(), 2U);
}

TEST_F(TemplateStoreTest, ATipKeepsItsLowestNtimeWhoeverNamesItsTemplates) {
    auto& store = make();
    auto known = relayed(ref(5, mining::Epoch{70}), 1);
    known.block_template.tip.min_ntime = 1000;
    store.insert(known);
    auto later = candidate(1);
    later.block_template.tip.min_ntime = 1030;
    EXPECT_EQ(store.add(later, origin)->block_template.tip.min_ntime, 1000U);
    // Where the target depends on the time (testnet), so does what a block's time may be.
    later.block_template.tip.nbits = 0x207fffff;
    EXPECT_EQ(store.add(later, origin)->block_template.tip.min_ntime, 1030U);
    auto next = candidate(2);
    next.block_template.tip.min_ntime = 1040;
    EXPECT_EQ(store.add(next, origin)->block_template.tip.min_ntime, 1040U);
}

TEST_F(TemplateStoreTest, AnOlderEpochIsKnownAndNotHandedOut) {
    auto& store = make();
    store.add(candidate(1), origin);
    const auto* const old = store.insert(relayed(ref(9, mining::Epoch{70}), 1));
    ASSERT_NE(old, nullptr);
    EXPECT_EQ(store.current()->block_template.ref, ref(1));
    EXPECT_EQ(store.insert(relayed(ref(9, mining::Epoch{70}), 1)), nullptr) << "known";
}

TEST_F(TemplateStoreTest, NamesNothingMoreWhenANewerEpochIsThere) {
    auto& store = make();
    store.add(candidate(1), origin);
    store.insert(relayed(ref(1, mining::Epoch{78}), 1));
    EXPECT_EQ(store.add(candidate(2), origin), nullptr);
    EXPECT_FALSE(store.begin_epoch(mining::Epoch{78}));
    EXPECT_TRUE(store.begin_epoch(mining::Epoch{79}));
}

TEST_F(TemplateStoreTest, KeepsTheRecentTips) {
    auto& store = make({.tips = 2, .templates_per_tip = 10});
    for (std::uint8_t tip = 1; tip <= 3; ++tip)
        for (std::uint64_t value = 1; value <= 2; ++value) store.add(candidate(tip, value), origin);
    EXPECT_EQ(store.all().size(), 4U);
    EXPECT_EQ(store.find(ref(2)), nullptr);
    EXPECT_NE(store.find(ref(3)), nullptr);
    EXPECT_EQ(store.insert(relayed(ref(1), 1)), nullptr) << "too old to be kept";
}

TEST_F(TemplateStoreTest, ATipThatComesBackIsRecentAgain) {
    auto& store = make({.tips = 2, .templates_per_tip = 10});
    for (const std::uint8_t tip : std::initializer_list<std::uint8_t>{1, 2, 1, 3})
        store.add(candidate(tip), origin);
    EXPECT_EQ(store.find(ref(2)), nullptr);
    EXPECT_NE(store.find(ref(1)), nullptr);
}

TEST_F(TemplateStoreTest, DropsTheOldestTemplatesOfATip) {
    auto& store = make({.tips = 2, .templates_per_tip = 3});
    for (std::uint64_t value = 1; value <= 5; ++value) store.add(candidate(1, value), origin);
    EXPECT_EQ(store.all().size(), 3U);
    EXPECT_EQ(store.all().begin()->first, ref(3));
}

TEST_F(TemplateStoreTest, TakesTransactionsThatComeLaterFromTheNodeThatGaveTheTemplate) {
    auto& store = make();
    auto without = candidate(1);
    without.transactions = nullptr;
    const auto* const added = store.add(std::move(without), origin);
    ASSERT_NE(added, nullptr);
    const auto given = transactions({"one", "two"});
    EXPECT_TRUE(store.add_transactions({.node = 0, .name = 8}, given).empty());
    EXPECT_TRUE(store.add_transactions({.node = 1, .name = 7}, given).empty())
        << "another node's name for another template";
    EXPECT_EQ(added->transactions, nullptr);
    EXPECT_EQ(store.add_transactions(origin, given), std::vector{ref(1)});
    ASSERT_NE(added->transactions, nullptr);
    EXPECT_EQ(added->transactions->at(1)->bytes, base::to_bytes("two"));
}

TEST_F(TemplateStoreTest, TakesTransactionsOfARelayedTemplateOnce) {
    auto& store = make();
    store.insert(relayed(ref(9, mining::Epoch{70}), 1));
    const auto list = store.pool().intern(*transactions({"one"}));
    EXPECT_EQ(store.set_transactions(ref(8, mining::Epoch{70}), list), nullptr) << "not held";
    EXPECT_NE(store.set_transactions(ref(9, mining::Epoch{70}), list), nullptr);
    EXPECT_EQ(store.set_transactions(ref(9, mining::Epoch{70}), list), nullptr) << "has them";
}

TEST_F(TemplateStoreTest, HoldsATransactionOnceHoweverManyTemplatesHaveIt) {
    auto& store = make({.tips = 1, .templates_per_tip = 2});
    for (std::uint64_t value = 1; value <= 2; ++value) {
        auto next = candidate(1, value);
        next.transactions = value == 1 ? transactions({"a", "bb"}) : transactions({"bb", "ccc"});
        store.add(std::move(next), origin);
    }
    EXPECT_EQ(store.find(ref(1))->transactions->at(1), store.find(ref(2))->transactions->at(0));
    EXPECT_EQ(store.pool().size().transactions, 3U);
    EXPECT_EQ(store.pool().size().bytes, 6U);
    store.add(candidate(1, 3), origin);
    EXPECT_EQ(store.pool().size().transactions, 2U) << "those of the first template are gone";
}

}  // namespace
}  // namespace templates
