#include "translator/coinbase_witness.h"

#include <gtest/gtest.h>

#include "translator/miner_testing.h"

namespace translator {
namespace {

constexpr std::size_t extranonce_size = 12;

/// A coinbase of ours as a block carries it, cut at its extranonce.
bitcoin::CoinbaseParts with_witness(const bitcoin::CoinbaseParts& parts) {
    auto whole = parts.prefix;
    whole.resize(whole.size() + extranonce_size);
    base::append(whole, parts.suffix);
    const auto full = bitcoin::with_coinbase_witness(whole);
    const auto cut = parts.prefix.size() + 2;
    const base::ByteView all{full};
    return {base::to_bytes(all.first(cut)), base::to_bytes(all.subspan(cut + extranonce_size))};
}

bitcoin::CoinbaseParts some_coinbase() {
    return *bitcoin::coinbase_parts({.version = 2,
                                     .script_sig_begin = base::Bytes(20, std::byte{0x51}),
                                     .extranonce_size = extranonce_size,
                                     .sequence = 0xffffffff,
                                     .outputs_count = 1,
                                     .outputs = base::Bytes(31, std::byte{0x01}),
                                     .locktime = 7});
}

TEST(CoinbaseWitness, C245_IsTakenOutOfBothParts) {
    const auto stripped = some_coinbase();
    const auto full = with_witness(stripped);
    EXPECT_EQ(without_witness(full.prefix, full.suffix), stripped);
}

TEST(CoinbaseWitness, C245_WhatHasNoneStaysAsItIs) {
    const auto stripped = some_coinbase();
    const auto full = with_witness(stripped);
    EXPECT_EQ(without_witness(stripped.prefix, stripped.suffix), std::nullopt);
    EXPECT_EQ(without_witness(full.prefix, stripped.suffix), std::nullopt) << "half of it";
    EXPECT_EQ(without_witness(stripped.prefix, full.suffix), std::nullopt);
    EXPECT_EQ(without_witness({}, {}), std::nullopt);
}

TEST(SharedJobs, C245_MinersHashTheCoinbaseWithoutWitness) {
    const auto stripped = some_coinbase();
    const auto full = with_witness(stripped);
    auto parts = testing::some_parts();
    parts->coinbase_prefix = full.prefix;
    parts->coinbase_suffix = full.suffix;
    SharedJobs jobs;
    const auto tip = std::make_shared<Tip>();
    const auto job = jobs.share(parts, tip);
    EXPECT_EQ(job->parts->coinbase_prefix, stripped.prefix);
    EXPECT_EQ(job->parts->coinbase_suffix, stripped.suffix);
    EXPECT_EQ(job->parts->merkle_path, parts->merkle_path);
    EXPECT_EQ(job->begun.digest(), bitcoin::Sha256{}.update(stripped.prefix).digest());
    EXPECT_EQ(jobs.share(parts, tip), job);
}

}  // namespace
}  // namespace translator
