#include "share_export/share_row.h"

#include <gtest/gtest.h>

#include "mining/records_testing.h"
#include "share_log/record.h"

namespace share_export {
namespace {

share_log::Record some_log_record() {
    share_log::Record record;
    auto job = mining::some_record();
    record.batch.epoch = mining::Epoch{3};
    record.batch.sequence = 9;
    record.batch.channels.push_back({job.channel, job.kind, "alice.rig1", 8});
    record.batch.jobs.push_back({0, job});
    for (int i = 0; i < 2; ++i) {
        record.batch.shares.push_back({0, mining::some_share(), i == 0 ? "" : "board"});
        record.hashes.emplace_back();
        record.result.verdicts.emplace_back();
    }
    record.result.verdicts[0].difficulty = bitcoin::Difficulty{5};
    record.result.verdicts[1].error = mining::ShareError::stale_share;
    record.templates = {share_log::facts_of(mining::some_template())};
    record.worker = bus::WorkerId{77};
    return record;
}

TEST(ShareRow, HasWhatTheRecordSays) {
    const auto rows = rows_of(5, {1000, 2}, some_log_record());
    ASSERT_EQ(rows.size(), 2U);
    const auto& row = rows[0];
    EXPECT_EQ(row.partition, 5U);
    EXPECT_EQ(row.entry, (EntryId{1000, 2}));
    EXPECT_EQ(row.index, 0U);
    EXPECT_EQ(rows[1].index, 1U);
    EXPECT_EQ(row.identity, "alice");
    EXPECT_EQ(row.worker, "rig1");
    EXPECT_EQ(rows[1].worker, "board");
    EXPECT_EQ(row.judged_by, 77U);
    EXPECT_EQ(row.batch_sequence, 9U);
    EXPECT_TRUE(row.is_accepted());
    EXPECT_EQ(row.difficulty.q32, 5U);
    EXPECT_EQ(rows[1].reason, mining::ShareError::stale_share);
    EXPECT_EQ(row.height, 159U);
    EXPECT_EQ(row.network_target, mining::some_template().tip.network_target);
    EXPECT_FALSE(row.custom_job);
    EXPECT_EQ(row.committed_at(), base::UnixMicros{std::chrono::seconds{1}});
}

TEST(ShareRow, SaysNothingOfATemplateThatTheWorkerDidNotKnow) {
    auto record = some_log_record();
    record.templates.clear();
    const auto row = rows_of(5, {1000, 2}, record)[0];
    EXPECT_FALSE(row.height);
    EXPECT_FALSE(row.network_target);
    EXPECT_FALSE(row.prev_hash);
}

TEST(ShareRow, KnowsTheHeightOfAMinersOwnJob) {
    auto record = some_log_record();
    mining::CustomJob custom;
    custom.nbits = 0x1b00d7c0;
    custom.coinbase_prefix = mining::bytes_of_hex("03a08601");
    record.batch.jobs[0].record.custom_job = mining::custom_job_id(custom);
    record.batch.custom_jobs = {custom};
    const auto row = rows_of(5, {1000, 2}, record)[0];
    EXPECT_EQ(row.height, 100'000U);
    EXPECT_EQ(row.nbits, 0x1b00d7c0U);
    EXPECT_TRUE(row.custom_job);
}

TEST(ValidText, TakesUtf8AndMarksTheRest) {
    const struct {
        const char* what;
        std::string bytes;
        std::string text;
    } cases[] = {
        {"ascii", "alice.rig1", "alice.rig1"},
        {"two, three and four bytes", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
         "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"NUL", std::string{"a\0b", 3},
         "a\xef\xbf\xbd"
         "b"},
        {"overlong", "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"beyond Unicode", "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"cut off", "a\xe2\x82", "a\xef\xbf\xbd\xef\xbf\xbd"},
    };
    for (const auto& [what, bytes, text] : cases) EXPECT_EQ(to_valid_text(bytes), text) << what;
}

TEST(EntryId, OrdersAsRedisDoes) {
    EXPECT_LT(*EntryId::from("9-5"), *EntryId::from("10-0"));
    EXPECT_LT(*EntryId::from("10-9"), *EntryId::from("10-10"));
    EXPECT_EQ(EntryId::from("10-9")->text(), "10-9");
    for (const auto* text : {"", "10", "10-", "-1", "a-1", "1-1-1"})
        EXPECT_FALSE(EntryId::from(text)) << text;
}

}  // namespace
}  // namespace share_export
