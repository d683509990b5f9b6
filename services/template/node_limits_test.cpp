#include "template/node_limits.h"

#include <gtest/gtest.h>

namespace templates {
namespace {

using nlohmann::json;

mining::BlockTemplate limits_of(const json& answer, std::size_t kept = 2) {
    mining::BlockTemplate to;
    read_limits(answer, kept, to);
    return to;
}

json answer() {
    return {
        {"weightlimit", 4'000'000},
        {"sigoplimit", 80'000},
        {"transactions",
         {{{"weight", 3'000'000}, {"sigops", 70'000}}, {{"weight", 992'000}, {"sigops", 100}}}}};
}

TEST(NodeLimits, AreWhatTheTransactionsLeave) {
    const auto limits = limits_of(answer());
    EXPECT_EQ(limits.coinbase_weight_max, 8'000U - (80 + 1) * 4);
    EXPECT_EQ(limits.coinbase_sigops_max, 9'900U);
}

TEST(NodeLimits, CountOnlyTheTransactionsThatAreKept) {
    EXPECT_EQ(limits_of(answer(), 1).coinbase_weight_max, 1'000'000U - (80 + 1) * 4);
    EXPECT_EQ(limits_of(answer(), 0).coinbase_sigops_max, 80'000U);
}

TEST(NodeLimits, CountTheCostWhereTheNodeCountsOperations) {
    auto legacy = answer();
    legacy["sigoplimit"] = 20'000;
    legacy["transactions"][0]["sigops"] = 19'000;
    EXPECT_EQ(limits_of(legacy).coinbase_sigops_max, (20'000U - 19'100U) * 4);
}

TEST(NodeLimits, LeaveNothingWhereTheAnswerIsOverThem) {
    auto full = answer();
    full["transactions"][0]["weight"] = 3'999'999;
    full["transactions"][0]["sigops"] = 90'000;
    EXPECT_EQ(limits_of(full).coinbase_weight_max, 0U);
    EXPECT_EQ(limits_of(full).coinbase_sigops_max, 0U);
}

TEST(NodeLimits, AreNotKnownWhereTheNodeDoesNotSay) {
    for (const auto* key : {"weight", "sigops"}) {
        SCOPED_TRACE(key);
        auto silent = answer();
        silent["transactions"][1].erase(key);
        const auto limits = limits_of(silent);
        EXPECT_EQ(limits.coinbase_weight_max.has_value(), key != std::string{"weight"});
        EXPECT_EQ(limits.coinbase_sigops_max.has_value(), key != std::string{"sigops"});
    }
    EXPECT_FALSE(limits_of(json::object()).coinbase_weight_max);
    EXPECT_TRUE(limits_of({{"weightlimit", 4'000'000}, {"transactions", json::array()}}, 0)
                    .coinbase_weight_max);
}

}  // namespace
}  // namespace templates
