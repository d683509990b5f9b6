#include "mining/custom_job.h"

#include <gtest/gtest.h>

#include "bitcoin/sha256.h"
#include "mining/judge.h"
#include "mining/records_testing.h"

namespace mining {
namespace {

/// Share vector A of the reference, 4.9, as the job that a miner would set for it: all that stands
/// before the extranonce is its coinbase_prefix.
CustomJob job_of_vector() {
    return CustomJob{
        .version = 0x20000000,
        .prev_hash = {bitcoin::Uint256::from_bytes(base::ByteView{
            bytes_of_hex("17cd48869956dc99e01cd892e478e39dd563a0a3803b8bbe9e3e000000000000")}
                                                       .first<32>())},
        .min_ntime = 1745611105,
        .nbits = 0x1b00d7c0,
        .coinbase_tx_version = 2,
        .coinbase_prefix = bytes_of_hex("5200065376322f2f2f20"),
        .coinbase_tx_input_sequence = 0xffffffff,
        .coinbase_tx_outputs = bytes_of_hex(
            "0200f2052a01000000160014ebe1b7dcc293ccaa0ee743a86f89df8258c208fc0000000000000000266a24"
            "aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd836974e8cf9"),
        .coinbase_tx_locktime = 0,
        .merkle_path = {},
    };
}

JobRecord record_of_vector() {
    auto record = some_record();
    record.template_ref = {};
    record.custom_job = custom_job_id(job_of_vector());
    record.extranonce_prefix =
        extranonce_of_hex("000000000000000000000000000000000000000000000001");
    record.extranonce_size = 8;
    return record;
}

TEST(CustomJob, C183_C188_IsHashedAsTheReferenceHashesItsShare) {
    const auto job = job_of_vector();
    const auto record = record_of_vector();
    const auto coinbase = derive_job_coinbase(job, record.full_extranonce_size());
    ASSERT_TRUE(coinbase.has_value());
    EXPECT_EQ(coinbase->parts().prefix,
              bytes_of_hex("02000000010000000000000000000000000000000000000000000000000000000000000"
                           "000ffffffff2a5200065376322f2f2f20"));
    auto share = some_share();
    share.extranonce = extranonce_of_hex("0100000000000000");
    share.nonce = 16647;
    share.ntime = 1745611105;
    share.received_at = at_second(1745611105);
    const auto judged = judge(share, record, template_of(job), *coinbase);
    EXPECT_EQ(judged.hash.value.to_be_hex(),
              "000054cc966c174fc21b056b994c0aa265c40126222040984f571230b9adde1f");
    EXPECT_TRUE(judged.verdict.has_value());
    EXPECT_FALSE(judged.solves_block);
}

TEST(CustomJob, IsJudgedByItsOwnVersionTimeAndTarget) {
    auto job = job_of_vector();
    const auto as_template = template_of(job);
    EXPECT_EQ(as_template.tip.min_ntime, job.min_ntime);
    EXPECT_EQ(as_template.tip.network_target, *bitcoin::expand_nbits(job.nbits));
    EXPECT_EQ(as_template.version, job.version);
    EXPECT_TRUE(as_template.segwit) << "it has a witness commitment";
    job.nbits = 0xff123456;
    EXPECT_EQ(template_of(job).tip.network_target, bitcoin::Target{}) << "met by nothing";
    job.coinbase_tx_outputs = bytes_of_hex("0100f2052a0100000001ac");
    EXPECT_FALSE(template_of(job).segwit);
}

TEST(CustomJob, HasNoCoinbaseWhereItsPartsMakeNone) {
    auto job = job_of_vector();
    EXPECT_TRUE(derive_job_coinbase(job, 32).has_value());
    EXPECT_EQ(derive_job_coinbase(job, 33).error(), DeriveError::extranonce_too_long);
    job.coinbase_prefix.resize(68);
    EXPECT_TRUE(derive_job_coinbase(job, 32).has_value()) << "100 bytes";
    job.coinbase_prefix.resize(69);
    EXPECT_EQ(derive_job_coinbase(job, 32).error(), DeriveError::script_sig_too_long);
    const auto good = job_of_vector().coinbase_tx_outputs;
    for (const auto* outputs : {"", "01", "0100f2052a01000000", "0100f2052a0100000002ac",
                                "0100f2052a0100000001ac00", "0200f2052a0100000001ac"}) {
        SCOPED_TRACE(outputs);
        job = job_of_vector();
        job.coinbase_tx_outputs = bytes_of_hex(outputs);
        EXPECT_EQ(derive_job_coinbase(job, 32).error(), DeriveError::payout_invalid);
        EXPECT_EQ(outputs_of(job), std::nullopt);
    }
}

TEST(CustomJob, IsNamedByAllOfItsContent) {
    const auto id = custom_job_id(job_of_vector());
    EXPECT_NE(id, CustomJobId{});
    EXPECT_EQ(id, custom_job_id(job_of_vector()));
    const auto id_with = [](auto change) {
        auto job = job_of_vector();
        change(job);
        return custom_job_id(job);
    };
    EXPECT_NE(id_with([](auto& job) { ++job.version; }), id);
    EXPECT_NE(id_with([](auto& job) { ++job.prev_hash.value.bytes[31]; }), id);
    EXPECT_NE(id_with([](auto& job) { ++job.min_ntime; }), id);
    EXPECT_NE(id_with([](auto& job) { ++job.nbits; }), id);
    EXPECT_NE(id_with([](auto& job) { ++job.coinbase_tx_version; }), id);
    EXPECT_NE(id_with([](auto& job) { job.coinbase_prefix.pop_back(); }), id);
    EXPECT_NE(id_with([](auto& job) { --job.coinbase_tx_input_sequence; }), id);
    EXPECT_NE(id_with([](auto& job) { job.coinbase_tx_outputs.pop_back(); }), id);
    EXPECT_NE(id_with([](auto& job) { ++job.coinbase_tx_locktime; }), id);
    EXPECT_NE(id_with([](auto& job) { job.merkle_path.emplace_back(); }), id);
}

TEST(CustomJob, ItsIdNamesEveryByteAndAgreesInAllProcesses) {
    // By sha256 elsewhere, of its fields in their order, texts behind their sizes.
    EXPECT_EQ(custom_job_id(job_of_vector()).value, 0x3a500c7df512eed3U);
    auto changed = job_of_vector();
    changed.coinbase_prefix.back() ^= std::byte{1};
    EXPECT_NE(custom_job_id(changed), custom_job_id(job_of_vector()));
}

TEST(CustomJob, ItsIdSaysWhereOneFieldEndsAndTheNextBegins) {
    auto one = job_of_vector();
    one.coinbase_prefix = bytes_of_hex("52aa");
    one.coinbase_tx_input_sequence = 0x44332211;
    one.coinbase_tx_outputs = bytes_of_hex("00");
    auto other = one;
    other.coinbase_prefix = bytes_of_hex("52");
    other.coinbase_tx_input_sequence = 0x332211aa;
    other.coinbase_tx_outputs = bytes_of_hex("4400");
    EXPECT_NE(custom_job_id(one), custom_job_id(other));
}

TEST(CustomJob, OnlyAWholeCommitmentMakesItOneWithWitnesses) {
    const auto with_script = [](const base::Bytes& script) {
        auto job = job_of_vector();
        job.coinbase_tx_outputs = {std::byte{1}};
        bitcoin::append_output(job.coinbase_tx_outputs, {0, script});
        return template_of(job).segwit;
    };
    auto script = bytes_of_hex("6a24aa21a9ed");
    script.resize(38, std::byte{7});
    EXPECT_TRUE(with_script(script));
    script.pop_back();
    EXPECT_FALSE(with_script(script)) << "one byte too short";
    script.resize(38);
    script[0] = std::byte{0x51};
    EXPECT_FALSE(with_script(script)) << "long enough, and something else";
}

TEST(CustomJob, AddsNothingToItsOutputsAndKnowsNoHeight) {
    auto job = job_of_vector();
    EXPECT_EQ(template_of(job).coinbase_tx_value_remaining, 0U);
    EXPECT_EQ(template_of(job).tip.height, 0U);
    job.coinbase_tx_outputs.clear();
    EXPECT_EQ(template_of(job).coinbase_tx_outputs_count, 0U) << "without so much as a count";
}

}  // namespace
}  // namespace mining
