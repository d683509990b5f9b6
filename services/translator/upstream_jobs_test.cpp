#include "translator/upstream_jobs.h"

#include <gtest/gtest.h>

#include "bitcoin/coinbase.h"
#include "translator/aggregate_testing.h"

namespace translator {
namespace {

ActiveJob some_job(std::uint64_t id, bool is_clean) {
    JobParts parts{.version = 0x20000000};
    parts.coinbase_prefix.assign(70, std::byte{1});
    parts.coinbase_suffix.assign(90, std::byte{2});
    parts.merkle_path.resize(2);
    return {.id = id,
            .parts = std::make_shared<const JobParts>(std::move(parts)),
            .tip = std::make_shared<const Tip>(Tip{.nbits = 0x1d00ffff}),
            .extranonce_prefix = some_prefix(),
            .extranonce_size = 6,
            .is_clean = is_clean};
}

TEST(UpstreamJobs, ACleanJobMakesThoseBeforeItVoid) {
    UpstreamJobs jobs;
    EXPECT_EQ(jobs.current(), nullptr);
    const auto a = jobs.add(some_job(1, true), {}).number;
    const auto b = jobs.add(some_job(2, false), {}).number;
    EXPECT_EQ(jobs.find(a)->job.id, 1U);
    EXPECT_EQ(jobs.find(b)->job.id, 2U);
    const auto c = jobs.add(some_job(3, true), {}).number;
    EXPECT_EQ(jobs.find(a), nullptr);
    EXPECT_EQ(jobs.find(b), nullptr);
    EXPECT_EQ(jobs.current()->number, c);
    EXPECT_EQ(jobs.find(c + 1), nullptr);
}

TEST(UpstreamJobs, NumbersAreNeverUsedAgain) {
    UpstreamJobs jobs;
    const auto before = jobs.add(some_job(1, true), {}).number;
    jobs.clear();
    EXPECT_EQ(jobs.current(), nullptr);
    EXPECT_GT(jobs.add(some_job(1, true), {}).number, before);
    EXPECT_EQ(jobs.find(before), nullptr);
}

TEST(UpstreamJobs, TheOldestOfManyGo) {
    UpstreamJobs jobs;
    const auto first = jobs.add(some_job(1, true), {}).number;
    for (std::size_t i = 0; i < upstream_jobs_max; ++i) jobs.add(some_job(2 + i, false), {});
    EXPECT_EQ(jobs.find(first), nullptr);
    EXPECT_NE(jobs.find(first + 1), nullptr);
}

TEST(UpstreamJobs, HashesWhatTheMinerHashed) {
    UpstreamJobs jobs;
    auto& entry = *jobs.find(jobs.add(some_job(1, true), {}).number);
    for (std::uint8_t rolled = 0; rolled < 20; ++rolled) {
        const base::Bytes extranonce(6, std::byte{rolled});
        const ChannelShare share{.nonce = rolled * 7U,
                                 .ntime = 1000U + rolled,
                                 .version = 0x20000000,
                                 .extranonce = extranonce};
        EXPECT_EQ(header_hash(entry, share, extranonce), hash_of(entry.job, share));
    }
}

TEST(UpstreamJobs, C245_HashesACoinbaseWithoutItsWitness) {
    constexpr std::size_t extranonce_size = 14;
    const auto stripped =
        *bitcoin::coinbase_parts({.version = 2,
                                  .script_sig_begin = base::Bytes(20, std::byte{0x51}),
                                  .extranonce_size = extranonce_size,
                                  .sequence = 0xffffffff,
                                  .outputs_count = 1,
                                  .outputs = base::Bytes(31, std::byte{0x01}),
                                  .locktime = 7});
    auto whole = stripped.prefix;
    whole.resize(whole.size() + extranonce_size);
    base::append(whole, stripped.suffix);
    const auto full = bitcoin::with_coinbase_witness(whole);
    const base::ByteView all{full};
    const auto cut = stripped.prefix.size() + 2;  // marker and flag

    auto job = some_job(1, true);
    JobParts parts{.version = 0x20000000};
    parts.coinbase_prefix = stripped.prefix;
    parts.coinbase_suffix = stripped.suffix;
    job.parts = std::make_shared<const JobParts>(parts);
    const base::Bytes extranonce(6, std::byte{9});
    const ChannelShare share{.extranonce = extranonce};
    const auto hashed_by_miner = hash_of(job, share);

    parts.coinbase_prefix = base::to_bytes(all.first(cut));
    parts.coinbase_suffix = base::to_bytes(all.subspan(cut + extranonce_size));
    job.parts = std::make_shared<const JobParts>(parts);
    UpstreamJobs jobs;
    auto& entry = *jobs.find(jobs.add(job, {}).number);
    EXPECT_EQ(header_hash(entry, share, extranonce), hashed_by_miner);
}

}  // namespace
}  // namespace translator
