#include "bus/batch_builder.h"

#include <gtest/gtest.h>

#include <map>

namespace bus {
namespace {

constexpr std::uint32_t miners = 256;

/// As a solo pool pays: each channel's blocks go to somebody else.
mining::PayoutOutputs outputs_of(std::uint32_t miner) {
    return {.outputs = {{base::to_bytes("script " + std::to_string(miner)), 10'000}},
            .pool_tag = base::to_bytes("/adit/")};
}

void add_share(BatchBuilder& builder, std::uint32_t miner, std::uint32_t sequence_number) {
    const auto outputs = outputs_of(miner);
    const Channel channel{.key = {100 + miner}, .user_identity = std::to_string(miner)};
    const mining::JobRecord job{
        .channel = channel.key, .job_id = 1, .outputs_id = mining::outputs_id(outputs)};
    builder.add_share({channel, job, outputs}, {.sequence_number = sequence_number}, "");
}

/// Each job's outputs stand in the batch, under the id that the job has, and once.
void expect_outputs_of_jobs(const Batch& batch, std::size_t count) {
    ASSERT_EQ(batch.outputs.size(), count);
    std::map<mining::OutputsId, mining::PayoutOutputs> by_id;
    for (const auto& outputs : batch.outputs) by_id[mining::outputs_id(outputs)] = outputs;
    EXPECT_EQ(by_id.size(), count) << "some stand there twice";
    for (const auto& job : batch.jobs) {
        const auto miner = std::stoul(batch.channels[job.channel].user_identity);
        EXPECT_EQ(by_id[job.record.outputs_id], outputs_of(static_cast<std::uint32_t>(miner)));
    }
}

TEST(BatchBuilder, KeepsTheOutputsOfEachOfManyJobsOnce) {
    BatchBuilder builder{mining::Epoch{1}, Partition{0}};
    for (std::uint32_t round = 0; round < 2; ++round)
        for (std::uint32_t miner = 0; miner < miners; ++miner) add_share(builder, miner, round);
    const auto batch = std::move(builder).finish(1);
    EXPECT_EQ(batch.shares.size(), 2 * miners);
    EXPECT_EQ(batch.jobs.size(), miners);
    expect_outputs_of_jobs(batch, miners);
}

TEST(BatchBuilder, JobsThatPayTheSameShareTheirOutputs) {
    BatchBuilder builder{mining::Epoch{1}, Partition{0}};
    const auto outputs = outputs_of(0);
    for (std::uint32_t i = 0; i < 3; ++i) {
        const Channel channel{.key = {100 + i}};
        const mining::JobRecord job{
            .channel = channel.key, .job_id = i, .outputs_id = mining::outputs_id(outputs)};
        builder.add_share({channel, job, outputs}, {}, "");
    }
    const auto batch = std::move(builder).finish(1);
    EXPECT_EQ(batch.jobs.size(), 3U);
    EXPECT_EQ(batch.outputs, std::vector{outputs});
}

TEST(BatchBuilder, APartHasTheOutputsOfItsOwnSharesOnly) {
    BatchBuilder builder{mining::Epoch{1}, Partition{0}};
    for (std::uint32_t miner = 0; miner < miners; ++miner) add_share(builder, miner, 0);
    const auto part = builder.part(250, 256);
    EXPECT_EQ(part.shares.size(), 6U);
    EXPECT_EQ(part.channels.front().user_identity, "250");
    expect_outputs_of_jobs(part, 6);
}

}  // namespace
}  // namespace bus
