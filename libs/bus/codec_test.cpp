#include "bus/codec.h"

#include <gtest/gtest.h>

#include "adit/bus/v1/bus.pb.h"
#include "base/random.h"
#include "bus/batch_builder.h"
#include "mining/job.h"

namespace bus {
namespace {

bitcoin::Uint256 number(base::Random& random) {
    bitcoin::Uint256 value;
    random.fill(std::as_writable_bytes(std::span{value.bytes}));
    return value;
}

mining::Extranonce extranonce(base::Random& random, std::size_t size) {
    base::Bytes bytes(size);
    random.fill(bytes);
    return mining::Extranonce::from(bytes).value();
}

mining::PayoutOutputs payout() {
    return {.outputs = {{base::to_bytes("script one"), 9900}, {base::to_bytes("script two"), 100}},
            .pool_tag = base::to_bytes("/adit/")};
}

mining::CustomJob custom_job(std::uint32_t version) {
    return {.version = version,
            .prev_hash = {bitcoin::uint256_max()},
            .min_ntime = 1,
            .nbits = 0xffffffff,
            .coinbase_tx_version = 2,
            .coinbase_prefix = base::to_bytes("prefix"),
            .coinbase_tx_input_sequence = 0xfffffffe,
            .coinbase_tx_outputs = base::to_bytes("outputs"),
            .coinbase_tx_locktime = 3,
            .merkle_path = {{}, bitcoin::uint256_max()}};
}

/// A batch with everything that a batch can hold, differing with the seed.
Batch some_batch(std::uint64_t seed) {
    base::SeededRandom random{seed};
    BatchBuilder builder{mining::Epoch{random.next_u64() >> 24}, Partition{3}};
    builder.add_live_tip({number(random)});
    const auto outputs = payout();
    for (std::uint32_t i = 0; i < 5; ++i) {
        const Channel channel{
            .key = {100 + i / 2},
            .kind = i / 2 == 0 ? mining::ChannelKind::standard : mining::ChannelKind::extended,
            .user_identity = "account.worker\xc3\xa9",
            .extranonce_size = static_cast<std::uint8_t>(i / 2 == 0 ? 0 : 8)};
        mining::JobRecord job{.channel = channel.key,
                              .kind = channel.kind,
                              .job_id = i / 2,
                              .template_ref = {random.next_u64()},
                              .variant = {65535},
                              .outputs_id = mining::outputs_id(outputs),
                              .extranonce_size = channel.extranonce_size,
                              .extranonce_prefix = extranonce(random, 8),
                              .target = {number(random)},
                              .eased_target = i == 4
                                                  ? std::optional<bitcoin::Target>{{number(random)}}
                                                  : std::nullopt,
                              .version_rolling_allowed = i % 2 == 0};
        const auto custom = custom_job(i);
        if (i == 4) job.custom_job = mining::custom_job_id(custom);
        builder.add_share({channel, job, outputs, i == 4 ? &custom : nullptr},
                          {.sequence_number = i,
                           .nonce = 0xfffffff0U + i,
                           .ntime = 1'700'000'000,
                           .version = 0x20000000,
                           .extranonce = extranonce(random, channel.extranonce_size),
                           .state = static_cast<mining::JobState>(i % 4),
                           .received_at = base::UnixMicros{std::chrono::microseconds{1234567}}},
                          i % 2 == 0 ? "" : "worker");
    }
    builder.add_event(ChannelOpen{.key = {7},
                                  .kind = mining::ChannelKind::extended,
                                  .user_identity = std::string{"\xff\x00 any bytes", 12},
                                  .nominal_hash_rate = 1e12F,
                                  .max_target = {number(random)},
                                  .extranonce_size = 8,
                                  .peer = "127.0.0.1:9",
                                  .channel_id = 4});
    builder.add_event(ChannelUpdate{{7}, 2e12F, {number(random)}, "account", {random.next_u64()}});
    builder.add_event(ChannelClose{{7}, "by the miner"});
    builder.add_event(TargetApplied{{8}, {number(random)}});
    return std::move(builder).finish(random.next_u64());
}

TEST(BatchBuilder, AJobWhoseChannelWasEasedMeanwhileStandsInItTwice) {
    const Channel channel{.key = {7}, .kind = mining::ChannelKind::standard};
    mining::JobRecord job{.channel = channel.key, .job_id = 3, .target = {}};
    const auto outputs = payout();
    BatchBuilder builder{mining::Epoch{1}, Partition{0}};
    const auto add = [&] { builder.add_share({channel, job, outputs}, {}, ""); };
    add();
    add();
    job.eased_target = bitcoin::target_max();
    add();
    add();
    const auto batch = std::move(builder).finish(1);
    ASSERT_EQ(batch.jobs.size(), 2U);
    EXPECT_EQ(batch.jobs[0].record.eased_target, std::nullopt);
    EXPECT_EQ(batch.jobs[1].record.eased_target, bitcoin::target_max());
    EXPECT_EQ(batch.channels.size(), 1U);
    std::vector<std::uint32_t> jobs;
    for (const auto& share : batch.shares) jobs.push_back(share.job);
    EXPECT_EQ(jobs, (std::vector<std::uint32_t>{0, 0, 1, 1}));
}

TEST(BusCodec, ACustomJobStandsInABatchOnceAndIsWhatItsIdSays) {
    const Channel channel{.key = {7}, .kind = mining::ChannelKind::extended};
    const auto custom = custom_job(4);
    const auto outputs = payout();
    BatchBuilder builder{mining::Epoch{1}, Partition{0}};
    for (std::uint32_t id = 1; id <= 3; ++id) {
        const mining::JobRecord job{.channel = channel.key,
                                    .kind = channel.kind,
                                    .job_id = id,
                                    .custom_job = mining::custom_job_id(custom)};
        builder.add_share({channel, job, outputs, &custom}, {}, "");
    }
    auto batch = std::move(builder).finish(1);
    EXPECT_EQ(batch.jobs.size(), 3U);
    EXPECT_EQ(batch.custom_jobs, std::vector{custom});
    const auto survives = [](const Batch& one) {
        return decode_to_worker(encode(one)).has_value();
    };
    EXPECT_TRUE(survives(batch));
    batch.custom_jobs[0].version = 5;
    EXPECT_FALSE(survives(batch)) << "the jobs name another";
    batch.custom_jobs.clear();
    EXPECT_FALSE(survives(batch));
}

TEST(BusCodec, DecodingABatchUndoesEncodingIt) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        SCOPED_TRACE(seed);
        const auto batch = some_batch(seed);
        const auto received = decode_to_worker(encode(batch));
        ASSERT_TRUE(received.has_value());
        EXPECT_EQ(std::get<Batch>(received->message), batch);
        EXPECT_EQ(decode_batch(received->batch_bytes), batch);
    }
}

TEST(BusCodec, DecodingAScanUndoesEncodingIt) {
    const Scan scan{1ULL << 40, some_batch(4)};
    const auto received = decode_to_worker(encode(scan));
    ASSERT_TRUE(received.has_value());
    EXPECT_EQ(std::get<Scan>(received->message), scan);
}

/// Batches and results are written by hand, and read by other versions and languages.
TEST(BusCodec, WritesToTheByteWhatTheGeneratedTypesWrite) {
    namespace pb = adit::bus::v1;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        SCOPED_TRACE(seed);
        auto batch = some_batch(seed);
        batch.shares[1].worker = std::string(300, 'w');  // longer than a length of one byte
        for (const auto& frame : {encode(batch), encode(Scan{seed, batch})}) {
            pb::ToWorker parsed;
            ASSERT_TRUE(parsed.ParseFromString(frame));
            EXPECT_EQ(parsed.SerializeAsString(), frame);
        }
    }
    const Result result{
        .epoch = {1},
        .partition = {2},
        .sequence = 3,
        .verdicts = {{.error = {}, .difficulty = {77}, .solves_block = true},
                     {.error = mining::ShareError::duplicate_share,
                      .difficulty = {},
                      .solves_block = false},
                     {}},
        .opens = {{.key = {5}, .error_code = "", .target = {}, .outputs = payout()}},
        .outputs_changes = {{.key = {9}, .outputs = payout()}}};
    pb::ToGateway parsed;
    ASSERT_TRUE(parsed.ParseFromString(encode(ToGateway{result})));
    EXPECT_EQ(parsed.SerializeAsString(), encode(ToGateway{result}));
    EXPECT_EQ(parsed.result().SerializeAsString(), encode_result(result));
}

TEST(BusCodec, ReadsFieldsInAnyOrderAndPassesOverThoseItDoesNotKnow) {
    namespace pb = adit::bus::v1;
    const auto batch = some_batch(3);
    pb::ToWorker parsed;
    ASSERT_TRUE(parsed.ParseFromString(encode(batch)));
    const auto add_unknown = [](google::protobuf::Message& message) {
        auto& unknown = *message.GetReflection()->MutableUnknownFields(&message);
        unknown.AddVarint(99, ~0ULL);
        unknown.AddFixed32(100, 1);
        unknown.AddFixed64(101, 1);
        unknown.AddLengthDelimited(102, "later");
    };
    auto& of = *parsed.mutable_batch();
    add_unknown(of);
    for (auto& channel : *of.mutable_channels()) add_unknown(channel);
    for (auto& job : *of.mutable_jobs()) add_unknown(job);
    for (auto& share : *of.mutable_shares()) add_unknown(share);
    EXPECT_EQ(decode_batch(of.SerializeAsString()), batch);

    // Shares before the jobs that they name, and those before their channels.
    pb::Batch shares;
    shares.mutable_shares()->Swap(of.mutable_shares());
    pb::Batch jobs;
    jobs.mutable_jobs()->Swap(of.mutable_jobs());
    EXPECT_EQ(decode_batch(shares.SerializeAsString() + jobs.SerializeAsString() +
                           of.SerializeAsString()),
              batch);

    of.GetReflection()->MutableUnknownFields(&of)->AddGroup(103);
    EXPECT_EQ(decode_batch(of.SerializeAsString()), std::nullopt);
}

TEST(BusCodec, ReadsABatchOfAnEarlierVersionFromTheLogButNotFromTheBus) {
    const auto batch = some_batch(1);
    auto frame = encode(batch);
    auto bytes = decode_to_worker(frame)->batch_bytes;
    // Field 1 of the batch is its version, and comes first.
    const auto with_version = [](std::string text, char version) {
        const auto at = text.find(std::string{"\x08"} + static_cast<char>(bus_version) + "\x10");
        EXPECT_NE(at, std::string::npos);
        text[at + 1] = version;
        return text;
    };
    EXPECT_EQ(decode_batch(with_version(bytes, 1)), batch);
    EXPECT_EQ(decode_batch(with_version(bytes, bus_version + 1)), std::nullopt);
    EXPECT_FALSE(decode_to_worker(with_version(frame, 1)));
}

TEST(BusCodec, NamesChannelsJobsAndOutputsOnceHoweverManySharesUseThem) {
    const auto batch = some_batch(1);
    EXPECT_EQ(batch.shares.size(), 5U);
    EXPECT_EQ(batch.jobs.size(), 3U);
    EXPECT_EQ(batch.channels.size(), 3U);
    EXPECT_EQ(batch.outputs.size(), 1U);
}

TEST(BusCodec, DecodingUndoesEncodingForEveryMessageToAGateway) {
    const ToGateway messages[] = {
        Ready{.worker = {1},
              .version = 1,
              .derivation_versions = {1, 2},
              .partitions = 16,
              .duplicate_key_fingerprint = 99,
              .credits = 64},
        Goodbye{{1}},
        Waiting{{1}, {2}, 3, WaitsFor::ledger},
        Waiting{{1}, {2}, 3, WaitsFor::templates},
        Waiting{{1}, {2}, 3, WaitsFor::solution},
        Refused{{1}, {2}, 3, "epoch was reaped"},
        ScanWaiting{{1}, 1ULL << 40, WaitsFor::templates},
        Scanned{{1}, 1ULL << 40, 3},
        Result{.epoch = {1},
               .partition = {2},
               .sequence = 3,
               .verdicts = {{.error = {}, .difficulty = {77}, .solves_block = true},
                            {.error = mining::ShareError::duplicate_share,
                             .difficulty = {},
                             .solves_block = false}},
               .opens = {{.key = {5}, .error_code = "", .target = {}, .outputs = payout()},
                         {.key = {6}, .error_code = "unknown-user", .target = {}, .outputs = {}}},
               .outputs_changes = {{.key = {9}, .outputs = payout()}}},
    };
    for (const auto& message : messages) {
        SCOPED_TRACE(message.index());
        EXPECT_EQ(decode_to_gateway(encode(message)), message);
    }
}

TEST(BusCodec, KeepsEveryReasonForRefusingAShare) {
    using mining::ShareError;
    for (const auto error :
         {ShareError::duplicate_share, ShareError::invalid_job_id, ShareError::stale_share,
          ShareError::bad_extranonce_size, ShareError::invalid_share,
          ShareError::version_rolling_not_allowed, ShareError::invalid_non_rollable_version_bit,
          ShareError::difficulty_too_low}) {
        const Result result{.epoch = {},
                            .partition = {},
                            .sequence = 1,
                            .verdicts = {{.error = error, .difficulty = {}, .solves_block = false}},
                            .opens = {},
                            .outputs_changes = {}};
        EXPECT_EQ(decode_result(encode_result(result)), result) << error_code(error);
    }
}

TEST(BusCodec, RefusesTruncatedFramesAndIndicesThatLeadNowhere) {
    const auto frame = encode(some_batch(1));
    std::size_t decoded = 0;
    for (std::size_t size = 0; size < frame.size(); ++size)
        if (decode_to_worker(frame.substr(0, size))) ++decoded;
    EXPECT_EQ(decoded, 0U);

    auto no_such_job = some_batch(1);
    no_such_job.shares[0].job = 3;
    EXPECT_FALSE(decode_to_worker(encode(no_such_job)));
    auto no_such_channel = some_batch(1);
    no_such_channel.jobs[0].channel = 3;
    EXPECT_FALSE(decode_to_worker(encode(no_such_channel)));
    auto no_such_place = some_batch(1);
    no_such_place.events[0].before_share = 6;
    EXPECT_FALSE(decode_to_worker(encode(no_such_place)));
}

TEST(BusCodec, RandomBytesNeverCrash) {
    base::SeededRandom random{1};
    for (int i = 0; i < 20'000; ++i) {
        base::Bytes bytes(random.next_u64() % 64);
        random.fill(bytes);
        (void)decode_to_worker(base::as_string_view(bytes));
        (void)decode_to_gateway(base::as_string_view(bytes));
        (void)decode_result(base::as_string_view(bytes));
    }
}

}  // namespace
}  // namespace bus
