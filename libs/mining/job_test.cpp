#include "mining/job.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "base/random.h"
#include "bitcoin/merkle.h"
#include "bitcoin/transaction.h"
#include "mining/records_testing.h"

namespace mining {
namespace {

bitcoin::Transaction coinbase_of(const CoinbaseParts& parts, base::ByteView extranonce) {
    return bitcoin::parse_transaction(full_coinbase(parts, extranonce, {}, false)).value();
}

/// Nothing where there is a coinbase: error() of a value is whatever lies there.
template <class Derived>
std::optional<DeriveError> refusal_of(const Derived& derived) {
    return derived ? std::nullopt : std::optional{derived.error()};
}

TEST(DeriveCoinbase, C154_PutsEverythingInItsPlace) {
    const auto parts = derive_coinbase(some_template(), some_outputs(), Variant{0x0102}, 16);
    ASSERT_TRUE(parts.has_value());
    const auto coinbase = coinbase_of(*parts, bytes_of_hex(std::string(32, 'e')));
    EXPECT_TRUE(coinbase.is_coinbase());
    EXPECT_EQ(base::to_hex(coinbase.inputs[0].script),
              "029f00"  // height
              "06"
              "2f616469742f"      // a push of "/adit/"
              "1a"                // a push of 26 bytes: 8, 2 and 16
              "0000000007000009"  // the template's ref
              "0102"              // the variant
                  + std::string(32, 'e'));
    EXPECT_EQ(coinbase.version, 2U);
    EXPECT_EQ(coinbase.inputs[0].sequence, 0xfffffffeU);
    EXPECT_EQ(coinbase.locktime, 158U);
    ASSERT_EQ(coinbase.outputs.size(), 3U);
    EXPECT_EQ(coinbase.outputs[0].value_sat, 4'900'000'001U);
    EXPECT_EQ(coinbase.outputs[0].script, some_outputs().outputs[0].script);
    EXPECT_EQ(coinbase.outputs[1].value_sat, 100'000'000U);
    // Sv2 7.2: the template's own outputs last and unchanged.
    base::Bytes last;
    bitcoin::append_output(last, coinbase.outputs[2]);
    EXPECT_EQ(last, some_template().coinbase_tx_outputs);
}

TEST(DeriveCoinbase, LeavesOutAnEmptyTag) {
    auto outputs = some_outputs();
    outputs.pool_tag.clear();
    const auto parts = derive_coinbase(some_template(), outputs, Variant{}, 8);
    EXPECT_TRUE(base::to_hex(coinbase_of(*parts, base::Bytes(8)).inputs[0].script)
                    .starts_with("029f00"
                                 "12"
                                 "0000000007000009"
                                 "0000"));
}

TEST(DeriveCoinbase, DiffersByTemplateVariantAndSize) {
    const auto parts = derive_coinbase(some_template(), some_outputs(), Variant{}, 8);
    auto later = some_template();
    later.ref = TemplateRef{later.ref.value + 1};
    EXPECT_NE(*derive_coinbase(later, some_outputs(), Variant{}, 8), *parts);
    EXPECT_NE(*derive_coinbase(some_template(), some_outputs(), Variant{1}, 8), *parts);
    EXPECT_NE(*derive_coinbase(some_template(), some_outputs(), Variant{}, 9), *parts);
    EXPECT_EQ(*derive_coinbase(some_template(), some_outputs(), Variant{}, 8), *parts);
}

TEST(DeriveCoinbase, C114_RefusesWhatConsensusOrTheProtocolWould) {
    const auto refusal = [](std::size_t height_size, std::size_t tag_size, std::size_t size) {
        auto block_template = some_template();
        block_template.coinbase_prefix.resize(height_size);
        auto outputs = some_outputs();
        outputs.pool_tag.resize(tag_size);
        const auto bare = refusal_of(derive_coinbase(block_template, outputs, Variant{}, size));
        EXPECT_EQ(refusal_of(derive_job_coinbase(block_template, outputs, Variant{}, size)), bare)
            << "ready to be hashed or not";
        return bare;
    };
    EXPECT_EQ(refusal(8, pool_tag_size_max, extranonce_size_max), std::nullopt);  // 100 bytes
    EXPECT_EQ(refusal(9, pool_tag_size_max, extranonce_size_max), DeriveError::script_sig_too_long);
    EXPECT_EQ(refusal(9, pool_tag_size_max, extranonce_size_max - 1), std::nullopt);
    EXPECT_EQ(refusal(8, 0, extranonce_size_max + 1), DeriveError::extranonce_too_long);
    EXPECT_EQ(refusal(8, pool_tag_size_max + 1, 8), DeriveError::payout_invalid);
    EXPECT_EQ(refusal_of(derive_coinbase(some_template(), PayoutOutputs{}, Variant{}, 8)),
              DeriveError::payout_invalid);
}

TEST(JobCoinbase, GivesAStandardChannelTheRootThatAWorkerDerives) {
    base::SeededRandom random{12};
    for (int i = 0; i < 100; ++i) {
        auto block_template = some_template();
        block_template.merkle_path.resize(random.next_u64() % 14, bitcoin::sha256({}));
        block_template.coinbase_tx_outputs.resize(random.next_u64() % 200);
        auto outputs = some_outputs();
        outputs.pool_tag.resize(random.next_u64() % pool_tag_size_max);
        const Variant variant{static_cast<std::uint16_t>(random.next_u64())};
        base::Bytes prefix(8 + random.next_u64() % 25);
        random.fill(prefix);

        // As the gateway does it: one coinbase for many channels, begun once.
        const auto gateway = derive_job_coinbase(block_template, outputs, variant, prefix.size());
        // As written in Sv2 5.3.16, from the whole coinbase.
        const auto parts = derive_coinbase(block_template, outputs, variant, prefix.size());
        const auto txid = bitcoin::sha256d(full_coinbase(*parts, prefix, {}, false));
        EXPECT_EQ(gateway->merkle_root(block_template, prefix, {}),
                  bitcoin::fold_merkle_path(txid, block_template.merkle_path));
        // An extended channel that rolls the last bytes gets there too.
        const std::size_t rolled = random.next_u64() % 8;
        const base::ByteView all{prefix};
        EXPECT_EQ(gateway->txid(all.first(all.size() - rolled), all.last(rolled)), txid);
    }
}

TEST(JobCoinbase, WritesTheLastBlocksOfACoinbaseAsSha256PadsThem) {
    base::SeededRandom random{13};
    // The extranonce begins at each place of a block, and ends in the same or in the next one.
    for (std::size_t place = 1; place <= 64; ++place) {
        auto outputs = some_outputs();
        outputs.pool_tag.resize(std::min(place, pool_tag_size_max));
        auto block_template = some_template();
        block_template.coinbase_prefix.resize(2 + place - outputs.pool_tag.size());
        base::Bytes prefix(8);
        base::Bytes rolled(place % 9);
        random.fill(prefix);
        random.fill(rolled);
        const auto job = derive_job_coinbase(block_template, outputs, Variant{}, 8 + rolled.size());
        ASSERT_TRUE(job.has_value());

        auto padded = full_coinbase(job->parts(), prefix, rolled, false);
        const std::uint64_t bits = padded.size() * 8;
        padded.push_back(std::byte{0x80});
        padded.resize((padded.size() + 8 + 63) / 64 * 64);
        for (std::size_t i = 0; i < 8; ++i)
            padded[padded.size() - 1 - i] = static_cast<std::byte>(bits >> (8 * i));
        base::Bytes tail(job->tail_blocks() * 64);
        std::vector<std::uint8_t> written(tail.size());
        job->write_tail(prefix, rolled, written.data());
        std::memcpy(tail.data(), written.data(), written.size());
        ASSERT_LE(tail.size(), padded.size());
        EXPECT_EQ(tail, base::to_bytes(base::ByteView{padded}.last(tail.size()))) << place;
    }
}

TEST(FullCoinbase, CarriesTheWitnessOnlyWithACommitment) {
    const auto parts = *derive_coinbase(some_template(), some_outputs(), Variant{}, 8);
    const base::Bytes extranonce(8);
    const auto bare = bitcoin::parse_transaction(full_coinbase(parts, extranonce, {}, false));
    const auto whole = bitcoin::parse_transaction(full_coinbase(parts, extranonce, {}, true));
    EXPECT_FALSE(bare.value().has_witness());
    ASSERT_TRUE(whole.value().has_witness());
    EXPECT_EQ(whole->inputs[0].witness, (std::vector<base::Bytes>{base::Bytes(32)}));
    EXPECT_EQ(bitcoin::txid(*whole), bitcoin::txid(*bare));
}

}  // namespace
}  // namespace mining
