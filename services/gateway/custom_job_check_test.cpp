#include "gateway/custom_job_check.h"

#include <gtest/gtest.h>

#include "gateway/custom_job_testing.h"

namespace gateway {
namespace {

constexpr std::size_t full_size = 16;

std::optional<std::string_view> refusal_of(
    const mining::CustomJob& job, const mining::PayoutOutputs& outputs = mining::some_outputs()) {
    return LocalCustomJobs{}.refusal("any token", job,
                                     {.current = mining::some_template(),
                                      .outputs = outputs,
                                      .full_extranonce_size = full_size,
                                      .user_identity = "bob"});
}

template <class Change>
std::optional<std::string_view> refusal_with(Change change) {
    auto job = some_custom_job();
    change(job);
    return refusal_of(job);
}

TEST(LocalCustomJobs, AcceptsWhatIsBuiltOnTheTipAndPaysThePool) {
    EXPECT_EQ(refusal_of(some_custom_job()), std::nullopt);
}

TEST(LocalCustomJobs, NamesTheFieldThatIsWrong) {
    EXPECT_EQ(refusal_with([](auto& job) { ++job.prev_hash.value.bytes[5]; }), "stale-chain-tip");
    EXPECT_EQ(refusal_with([](auto& job) { ++job.nbits; }), "invalid-nbits");
    EXPECT_EQ(refusal_with([](auto& job) { job.min_ntime = 1000 - 121; }), "invalid-min-ntime");
    EXPECT_EQ(refusal_with([](auto& job) { job.min_ntime = 1000 - 120; }), std::nullopt);
    EXPECT_EQ(refusal_with([](auto& job) { job.version = 3; }), "invalid-version");
    EXPECT_EQ(refusal_with([](auto& job) { job.version = 4; }), std::nullopt);
    EXPECT_EQ(refusal_with([](auto& job) { job.version = 0x3fffffff; }), std::nullopt);
    EXPECT_EQ(refusal_with([](auto& job) { job.version = 0x40000000; }), "invalid-version");
    EXPECT_EQ(refusal_with([](auto& job) { job.version = 0x80000000; }), "invalid-version")
        << "negative";
    EXPECT_EQ(refusal_with([](auto& job) { job.coinbase_tx_version = 3; }),
              "invalid-coinbase-tx-version");
    EXPECT_EQ(refusal_with([](auto& job) { job.coinbase_prefix = bitcoin::height_push(160); }),
              "invalid-coinbase-prefix");
    EXPECT_EQ(refusal_with([](auto& job) { job.coinbase_prefix.clear(); }),
              "invalid-coinbase-prefix");
    EXPECT_EQ(refusal_with([](auto& job) { job.coinbase_prefix.resize(100 - full_size); }),
              std::nullopt);
    EXPECT_EQ(refusal_with([](auto& job) { job.coinbase_prefix.resize(101 - full_size); }),
              "invalid-coinbase-prefix");
    EXPECT_EQ(refusal_with([](auto& job) { job.coinbase_tx_locktime = 159; }),
              "invalid-coinbase-tx-locktime")
        << "the block of height 159 could not hold it";
    EXPECT_EQ(refusal_with([](auto& job) {
                  job.coinbase_tx_locktime = 159;
                  job.coinbase_tx_input_sequence = 0xffffffff;
              }),
              std::nullopt);
    EXPECT_EQ(refusal_with([](auto& job) { job.merkle_path.resize(32); }), std::nullopt);
    EXPECT_EQ(refusal_with([](auto& job) { job.merkle_path.resize(33); }), "invalid-merkle-path");
    EXPECT_EQ(refusal_with([](auto& job) { job.coinbase_tx_outputs.pop_back(); }),
              "invalid-coinbase-tx-outputs");
}

TEST(LocalCustomJobs, C189_EveryOutputOfThePoolGetsItsPartOfAllThatIsPaid) {
    const auto pool = mining::some_outputs().outputs[0].script;  // 9,800 of 10,000
    const auto other = mining::some_outputs().outputs[1].script;
    const auto miner = mining::bytes_of_hex("52");
    const auto refusal_of_outputs = [](const std::vector<bitcoin::TxOutput>& outputs) {
        return refusal_with([&](auto& job) { job.coinbase_tx_outputs = counted_outputs(outputs); });
    };
    constexpr auto invalid = "invalid-coinbase-tx-outputs";
    EXPECT_EQ(refusal_of_outputs({}), invalid);
    EXPECT_EQ(refusal_of_outputs({{5'000'000'000, miner}}), invalid) << "not paid at all";
    EXPECT_EQ(refusal_of_outputs({{4'900'000'000, pool}, {100'000'000, miner}}), invalid)
        << "one of two not paid";
    EXPECT_EQ(refusal_of_outputs({{100'000'000, other}, {4'900'000'000, pool}}), std::nullopt)
        << "in any order";
    EXPECT_EQ(refusal_of_outputs({{4'899'999'999, pool}, {100'000'001, other}}), invalid)
        << "a satoshi short";
    EXPECT_EQ(
        refusal_of_outputs({{4'000'000'000, pool}, {900'000'000, pool}, {100'000'000, other}}),
        std::nullopt)
        << "in parts";
    EXPECT_EQ(refusal_of_outputs({{9'800, pool}, {200, other}}), invalid)
        << "hardly anything is paid to anybody";
    // Nine tenths of 5,000,000,001.
    EXPECT_EQ(refusal_of_outputs({{4'410'000'000, pool}, {90'000'000, other}}), std::nullopt);
    EXPECT_EQ(refusal_of_outputs({{4'409'999'999, pool}, {90'000'000, other}}), invalid);
    EXPECT_EQ(refusal_of_outputs({{~std::uint64_t{0}, pool}, {~std::uint64_t{0}, other}}), invalid)
        << "more than there is";
}

TEST(LocalCustomJobs, AScriptThatIsWantedTwiceGetsBoth) {
    auto outputs = mining::some_outputs();
    outputs.outputs[1].script = outputs.outputs[0].script;
    EXPECT_EQ(refusal_of(some_custom_job(), outputs), "invalid-coinbase-tx-outputs");
    auto job = some_custom_job();
    job.coinbase_tx_outputs = counted_outputs({{5'000'000'000, outputs.outputs[0].script}});
    EXPECT_EQ(refusal_of(job, outputs), std::nullopt);
}

}  // namespace
}  // namespace gateway
