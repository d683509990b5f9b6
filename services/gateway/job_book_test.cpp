#include "gateway/job_book.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

SentJob sent_at(Moment when) {
    SentJob job;
    job.sent_at = when;
    return job;
}

TEST(JobBook, C139_GivesIdsFromOneCounterAndNeverZero) {
    JobBook book;
    EXPECT_EQ(book.add(sent_at(1)).id, sv2::JobId{1});
    EXPECT_EQ(book.add(sent_at(2)).id, sv2::JobId{2});
    EXPECT_EQ(book.find({0}), nullptr);
    EXPECT_EQ(book.find({3}), nullptr);
    EXPECT_EQ(book.find({2})->sent_at, 2U);
}

TEST(JobBook, KnowsWhatMinersOwnJobsTakeUntilTheyAreForgotten) {
    JobBook book;
    book.add(sent_at(1));
    EXPECT_EQ(book.custom_bytes(), 0U);
    const mining::CustomJob custom{.coinbase_tx_outputs = base::Bytes(1000)};
    const auto& added = book.add(sent_at(2), custom);
    ASSERT_NE(book.custom(added), nullptr);
    EXPECT_EQ(book.custom(added)->job, custom);
    EXPECT_EQ(book.custom(added)->id, mining::custom_job_id(custom));
    EXPECT_EQ(book.custom(*book.find({1})), nullptr);
    const auto one = book.custom_bytes();
    EXPECT_GE(one, 1000U);
    book.start_tip(3);
    book.add(sent_at(3), custom);
    EXPECT_EQ(book.custom_bytes(), 2 * one);
    book.start_tip(4);
    book.start_tip(5);
    EXPECT_EQ(book.custom_bytes(), one);
    book.start_tip(6);
    EXPECT_EQ(book.custom_bytes(), 0U);
}

TEST(JobBook, CountsEachPartOfAMinersOwnJob) {
    const auto bytes_of = [](const mining::CustomJob& custom) {
        JobBook book;
        book.add(sent_at(1), custom);
        return book.custom_bytes();
    };
    const auto bare = bytes_of({});
    EXPECT_EQ(bytes_of({.coinbase_prefix = base::Bytes(7)}), bare + 7);
    EXPECT_EQ(bytes_of({.coinbase_tx_outputs = base::Bytes(11)}), bare + 11);
    EXPECT_EQ(bytes_of({.merkle_path = std::vector<bitcoin::Uint256>(3)}), bare + 3 * 32);
}

TEST(JobBook, RemembersTheJobsOfTwoTipsBack) {
    JobBook book;
    auto& first = book.add(sent_at(1));
    book.activate(first, 1);
    EXPECT_EQ(book.find({1})->state, SentJob::State::live);
    EXPECT_EQ(book.start_tip(2), 1U);
    EXPECT_EQ(book.find({1})->state, SentJob::State::stale);
    book.activate(book.add(sent_at(2)), 2);
    book.start_tip(3);
    EXPECT_EQ(book.find({1})->state, SentJob::State::stale) << "two tips back";
    book.activate(book.add(sent_at(3)), 3);
    EXPECT_EQ(book.start_tip(4), 2U);
    EXPECT_EQ(book.find({1}), nullptr) << "three tips back";
    EXPECT_TRUE(book.is_forgotten({1}));
    EXPECT_FALSE(book.is_forgotten({0}));
    EXPECT_FALSE(book.is_forgotten({2}));
    EXPECT_FALSE(book.is_forgotten({99}));
    EXPECT_EQ(book.find({2})->state, SentJob::State::stale);
    EXPECT_EQ(book.add(sent_at(4)).id, sv2::JobId{4}) << "ids go on";
}

TEST(JobBook, AFutureJobThatWasNotActivatedGoesStaleWithTheTip) {
    JobBook book;
    book.add(sent_at(1));
    book.start_tip(2);
    EXPECT_EQ(book.find({1})->state, SentJob::State::stale);
}

TEST(JobBook, DoesNotGrowOverTips) {
    JobBook book;
    for (Moment tip = 1; tip < 1000; ++tip) {
        for (int i = 0; i < 3; ++i) book.add(sent_at(tip));
        book.start_tip(tip);
        EXPECT_LE(book.size(), 9U);
    }
}

}  // namespace
}  // namespace gateway
