#include "mining/batch_judge.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "bitcoin/sha256.h"
#include "mining/records_testing.h"

namespace mining {
namespace {

std::optional<ShareError> error_of(const Judged& judged) {
    return judged.verdict ? std::nullopt : std::optional{judged.verdict.error()};
}

struct RandomBatch {
    std::vector<BlockTemplate> templates{};
    std::vector<JobRecord> records{};
    std::vector<JobCoinbase> coinbases{};
    std::vector<SubmittedShare> shares{};
    std::vector<ShareToJudge> items{};
};

RandomBatch random_batch(std::uint64_t seed, std::size_t count) {
    base::SeededRandom random{seed};
    RandomBatch batch;
    for (std::size_t i = 0; i < 6; ++i) {
        auto block_template = some_template();
        block_template.merkle_path.resize(random.next_u64() % 5, bitcoin::sha256({}));
        block_template.tip.network_target = *bitcoin::target_for_hash_rate(3, 60);
        batch.templates.push_back(block_template);
        auto record = some_record();
        record.extranonce_size = i % 2 == 0 ? 0 : 8;
        record.target = *bitcoin::target_for_hash_rate(2, 60);
        record.version_rolling_allowed = i % 3 != 0;
        if (i % 3 == 1) record.eased_target = *bitcoin::target_for_hash_rate(1.3, 60);
        batch.records.push_back(record);
        batch.coinbases.push_back(*derive_job_coinbase(
            block_template, some_outputs(), record.variant, record.full_extranonce_size()));
    }
    batch.shares.resize(count, some_share());
    for (auto& share : batch.shares) {
        const auto which = random.next_u64() % batch.records.size();
        const bool defective = random.next_u64() % 4 == 0;
        share.nonce = static_cast<std::uint32_t>(random.next_u64());
        if ((batch.records[which].extranonce_size == 0) != defective) share.extranonce = {};
        if (random.next_u64() % 8 == 0) share.state = JobState::stale;
        if (random.next_u64() % 8 == 0) share.ntime = 0;
        if (random.next_u64() % 8 == 0) share.version ^= 0x20U;
        batch.items.push_back({&share, &batch.records[which], &batch.templates[which],
                               random.next_u64() % 8 == 0 ? nullptr : &batch.coinbases[which]});
    }
    return batch;
}

TEST(BatchJudge, JudgesEachShareAsIfItWereAlone) {
    BatchJudge batch_judge;  // one for all, as a worker has it
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        SCOPED_TRACE(seed);
        const auto batch = random_batch(seed, seed);
        std::vector<Judged> judged(batch.items.size());
        batch_judge.judge(batch.items, judged);
        for (std::size_t i = 0; i < judged.size(); ++i) {
            const auto& item = batch.items[i];
            const auto alone =
                item.coinbase != nullptr
                    ? judge(*item.share, *item.record, *item.block_template, *item.coinbase)
                    : judge(*item.share, *item.record, *item.block_template, PayoutOutputs{});
            EXPECT_EQ(judged[i].hash, alone.hash);
            EXPECT_EQ(judged[i].solves_block, alone.solves_block);
            EXPECT_EQ(error_of(judged[i]), error_of(alone));
            EXPECT_EQ(judged[i].verdict.value_or(bitcoin::Difficulty{}),
                      alone.verdict.value_or(bitcoin::Difficulty{}));
        }
    }
}

/// Channels whose outputs differ in length: their coinbases end in another number of blocks.
TEST(BatchJudge, JudgesCoinbasesOfDifferentLengthsTogether) {
    const auto block_template = some_template();
    std::vector<PayoutOutputs> outputs;
    for (std::uint16_t count = 1; count <= 9; ++count) {
        PayoutOutputs one;
        for (std::uint16_t i = 0; i < count; ++i)
            one.outputs.push_back({base::Bytes(22, std::byte{0x51}),
                                   static_cast<std::uint16_t>(i == 0 ? 10'000 - count + 1 : 1)});
        outputs.push_back(one);
    }
    std::vector<JobRecord> records(outputs.size(), some_record());
    std::vector<JobCoinbase> coinbases;
    for (const auto& one : outputs)
        coinbases.push_back(*derive_job_coinbase(block_template, one, records[0].variant,
                                                 records[0].full_extranonce_size()));
    std::vector<SubmittedShare> shares(100, some_share());
    std::vector<ShareToJudge> items;
    for (std::uint32_t i = 0; i < shares.size(); ++i) {
        shares[i].nonce = i;
        const auto which = i * 7 % outputs.size();
        items.push_back({&shares[i], &records[which], &block_template, &coinbases[which]});
    }
    std::vector<Judged> judged(items.size());
    BatchJudge{}.judge(items, judged);
    for (std::size_t i = 0; i < items.size(); ++i)
        EXPECT_EQ(judged[i].hash,
                  judge(shares[i], *items[i].record, block_template, *items[i].coinbase).hash);
}

/// Neighbours in a batch that differ in what a neighbour's result is taken for.
TEST(BatchJudge, CreditsEachShareByTheTargetOfItsOwnRecord) {
    const auto block_template = some_template();
    std::vector<JobRecord> records(3, some_record());
    records[1].target = bitcoin::target_of({5});
    records[2].target = bitcoin::target_of({7});
    const auto coinbase = *derive_job_coinbase(block_template, some_outputs(), records[0].variant,
                                               records[0].full_extranonce_size());
    std::vector<SubmittedShare> shares(60, some_share());
    std::vector<ShareToJudge> items;
    for (std::uint32_t i = 0; i < shares.size(); ++i) {
        shares[i].nonce = i;
        items.push_back({&shares[i], &records[i / 20], &block_template, &coinbase});
    }
    std::vector<Judged> judged(items.size());
    BatchJudge{}.judge(items, judged);
    for (std::size_t i = 0; i < items.size(); ++i)
        EXPECT_EQ(judged[i].verdict.value_or(bitcoin::Difficulty{}),
                  judge(shares[i], *items[i].record, block_template, coinbase)
                      .verdict.value_or(bitcoin::Difficulty{}));
}

TEST(BatchJudge, GivesSharesOfOneRecordTheRootOfTheirOwnExtranonce) {
    const auto block_template = some_template();
    for (const std::uint8_t size : {std::uint8_t{1}, std::uint8_t{8}}) {
        SCOPED_TRACE(int{size});
        auto record = some_record();
        record.extranonce_size = size;
        const auto coinbase = *derive_job_coinbase(block_template, some_outputs(), record.variant,
                                                   record.full_extranonce_size());
        std::vector<SubmittedShare> shares(20, some_share());
        std::vector<ShareToJudge> items;
        for (std::uint8_t i = 0; i < shares.size(); ++i) {
            shares[i].extranonce = *Extranonce::from(base::Bytes(size, std::byte{i}));
            items.push_back({&shares[i], &record, &block_template, &coinbase});
        }
        std::vector<Judged> judged(items.size());
        BatchJudge{}.judge(items, judged);
        for (std::size_t i = 0; i < items.size(); ++i)
            EXPECT_EQ(judged[i].hash, judge(shares[i], record, block_template, coinbase).hash);
    }
}

}  // namespace
}  // namespace mining
