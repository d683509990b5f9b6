#include "mining/payout.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "mining/records_testing.h"

namespace mining {
namespace {

PayoutOutputs outputs_of(std::vector<std::uint32_t> basis_points) {
    PayoutOutputs outputs;
    for (const auto points : basis_points) outputs.outputs.push_back({bytes_of_hex("51"), points});
    return outputs;
}

std::vector<std::uint64_t> amounts_of(std::vector<std::uint32_t> basis_points,
                                      std::uint64_t value_sat) {
    const auto amounts = payout_amounts(outputs_of(std::move(basis_points)), value_sat);
    std::vector<std::uint64_t> values;
    for (const auto& amount : amounts.value()) values.push_back(amount.value_sat);
    return values;
}

TEST(PayoutAmounts, GiveTheRestToTheFirstOutput) {
    using Amounts = std::vector<std::uint64_t>;
    EXPECT_EQ(amounts_of({10'000}, 5'000'000'000), (Amounts{5'000'000'000}));
    EXPECT_EQ(amounts_of({0}, 5'000'000'000), (Amounts{5'000'000'000}));
    EXPECT_EQ(amounts_of({9'800, 200}, 101), (Amounts{99, 2}));  // 98.98, 2.02
    EXPECT_EQ(amounts_of({0, 3'333, 3'333}, 100), (Amounts{34, 33, 33}));
    EXPECT_EQ(amounts_of({5'000, 5'000}, 0), (Amounts{0, 0}));
    EXPECT_EQ(amounts_of({0, 10'000}, ~std::uint64_t{0}), (Amounts{0, ~std::uint64_t{0}}));
}

TEST(PayoutAmounts, AlwaysSumToTheValue) {
    base::SeededRandom random{11};
    for (int i = 0; i < 1000; ++i) {
        std::vector<std::uint32_t> points;
        std::uint32_t left = basis_points_whole;
        for (int j = 0; j < 5; ++j) {
            points.push_back(static_cast<std::uint32_t>(random.next_u64() % (left + 1)));
            left -= points.back();
        }
        const std::uint64_t value = random.next_u64() >> (random.next_u64() % 64);
        std::uint64_t sum = 0;
        for (const auto amount : amounts_of(points, value)) sum += amount;
        EXPECT_EQ(sum, value);
    }
}

TEST(PayoutAmounts, RefuseWhatCannotBePaid) {
    EXPECT_EQ(payout_amounts(PayoutOutputs{}, 1).error(), PayoutError::no_outputs);
    EXPECT_EQ(payout_amounts(outputs_of({10'001}), 1).error(), PayoutError::too_many_basis_points);
    EXPECT_EQ(payout_amounts(outputs_of({10'000, 1}), 1).error(),
              PayoutError::too_many_basis_points);
    EXPECT_EQ(payout_amounts(outputs_of({0xffffffff, 0xffffffff, 2}), 1).error(),
              PayoutError::too_many_basis_points);
    auto tagged = outputs_of({1});
    tagged.pool_tag.resize(pool_tag_size_max);
    EXPECT_TRUE(payout_amounts(tagged, 1).has_value());
    tagged.pool_tag.resize(pool_tag_size_max + 1);
    EXPECT_EQ(payout_amounts(tagged, 1).error(), PayoutError::pool_tag_too_long);
}

TEST(OutputsId, NamesTheContent) {
    const auto id = outputs_id(some_outputs());
    EXPECT_EQ(outputs_id(some_outputs()), id);
    auto changed = some_outputs();
    changed.outputs[0].basis_points -= 1;
    EXPECT_NE(outputs_id(changed), id);
    changed = some_outputs();
    changed.outputs[1].script.push_back(std::byte{0x51});
    EXPECT_NE(outputs_id(changed), id);
    changed = some_outputs();
    changed.pool_tag.clear();
    EXPECT_NE(outputs_id(changed), id);
    changed = some_outputs();
    std::swap(changed.outputs[0], changed.outputs[1]);
    EXPECT_NE(outputs_id(changed), id);
}

TEST(OutputsId, StaysAsItIsBecauseProcessesOfTwoReleasesCompareIt) {
    // sha256("00" "00") begins 96a296d224f285c6.
    EXPECT_EQ(outputs_id(PayoutOutputs{}).value, 0x96a296d224f285c6U);
}

TEST(OutputsId, NamesEveryByteAndAgreesInAllProcesses) {
    // By sha256 elsewhere, of the bytes that payout.h names.
    EXPECT_EQ(outputs_id(some_outputs()).value, 0xcef4bd1b839f7215U);
    auto changed = some_outputs();
    changed.outputs[1].script = bytes_of_hex("52");
    EXPECT_NE(outputs_id(changed), outputs_id(some_outputs()));
    changed = some_outputs();
    changed.pool_tag.back() ^= std::byte{1};
    EXPECT_NE(outputs_id(changed), outputs_id(some_outputs()));
}

}  // namespace
}  // namespace mining
