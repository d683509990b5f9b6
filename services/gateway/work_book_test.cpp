#include "gateway/work_book.h"

#include <gmock/gmock.h>

#include "mining/coinbase_limits.h"
#include "mining/records_testing.h"

namespace gateway {
namespace {

using testing::HasSubstr;

class WorkBookTest : public testing::Test {
  protected:
    const mining::JobCoinbase* coinbase() {
        return book.coinbase(outputs, mining::outputs_id(outputs), {}, 16);
    }
    mining::CoinbaseCost cost() {
        const auto parts = mining::derive_coinbase(current, outputs, {}, 16);
        return mining::coinbase_cost(current, outputs, *parts, 16);
    }
    WorkBook book{};
    mining::BlockTemplate current = mining::some_template();
    mining::PayoutOutputs outputs = mining::some_outputs();
};

TEST_F(WorkBookTest, HasNoWorkBeforeTheFirstTemplate) {
    EXPECT_EQ(coinbase(), nullptr);
    EXPECT_EQ(book.misfit(), "");
}

TEST_F(WorkBookTest, HasNoWorkForACoinbaseThatTheBlockHasNoRoomFor) {
    const auto weight = static_cast<std::uint32_t>(cost().weight);
    current.coinbase_weight_max = weight;
    book.set_current(current);
    EXPECT_NE(coinbase(), nullptr) << "it just fits";
    EXPECT_EQ(book.misfit(), "");

    current.coinbase_weight_max = weight - 1;
    book.set_current(current);
    EXPECT_EQ(coinbase(), nullptr);
    EXPECT_THAT(book.misfit(), HasSubstr("blockreservedweight"));
    EXPECT_EQ(coinbase(), nullptr) << "asked again, too";

    current.coinbase_weight_max.reset();
    book.set_current(current);
    EXPECT_EQ(book.misfit(), "");
    EXPECT_NE(coinbase(), nullptr) << "a node that does not say";
}

TEST_F(WorkBookTest, HasNoWorkForMoreSignatureOperationsThanTheBlockMayHave) {
    outputs.outputs[0].script = {std::byte{0xac}};  // CHECKSIG
    current.coinbase_sigops_max = static_cast<std::uint32_t>(cost().sigops);
    book.set_current(current);
    EXPECT_NE(coinbase(), nullptr);
    current.coinbase_sigops_max = *current.coinbase_sigops_max - 1;
    book.set_current(current);
    EXPECT_EQ(coinbase(), nullptr);
    EXPECT_THAT(book.misfit(), HasSubstr("signature operations"));
}

TEST_F(WorkBookTest, SaysWhichTemplateIsOfAnotherTip) {
    EXPECT_TRUE(book.set_current(current)) << "the first one";
    ++current.ref.value;
    EXPECT_FALSE(book.set_current(current));
    EXPECT_EQ(book.current()->ref, current.ref);
    ++current.tip.prev_hash.value.bytes[0];
    EXPECT_TRUE(book.set_current(current));
    EXPECT_FALSE(book.set_current(current));
}

TEST_F(WorkBookTest, HasNoWorkForOutputsThatCannotBePaid) {
    book.set_current(current);
    EXPECT_EQ(book.coinbase({}, mining::outputs_id({}), {}, 16), nullptr);
}

TEST_F(WorkBookTest, RemembersEachCoinbaseAndNeverMoreThanItsBound) {
    book.set_current(current);
    const auto of_variant = [&](std::size_t variant) {
        return book.coinbase(outputs, mining::outputs_id(outputs),
                             {static_cast<std::uint16_t>(variant)}, 16);
    };
    const auto* first = of_variant(0);
    for (std::size_t variant = 1; variant < WorkBook::coinbases_max; ++variant) {
        EXPECT_NE(of_variant(variant), first);
        EXPECT_EQ(book.coinbases(), variant + 1);
    }
    EXPECT_EQ(of_variant(0), first);
    for (std::size_t variant = 0; variant < WorkBook::coinbases_max + 3; ++variant) {
        EXPECT_NE(of_variant(variant), nullptr);
        EXPECT_LE(book.coinbases(), WorkBook::coinbases_max);
    }
}

}  // namespace
}  // namespace gateway
