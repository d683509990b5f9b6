#include "simulation/translator/upstream_journal.h"

#include <gtest/gtest.h>

#include <array>

#include "mining/job.h"
#include "mining/records_testing.h"
#include "sv2/codec.h"

namespace simulation {
namespace {

using namespace std::chrono_literals;

sv2::U256 target(std::uint8_t high) {
    sv2::U256 target{};
    target[31] = std::byte{high};
    return target;
}
bitcoin::BlockHash hash(std::uint8_t high) {
    bitcoin::BlockHash hash;
    hash.value.bytes[31] = high;
    return hash;
}

class AnswersOfATranslator : public testing::Test {
  protected:
    AnswersOfATranslator() {
        std::array<std::byte, 8> prefix{};
        prefix.back() = std::byte{9};
        receive(sv2::OpenExtendedMiningChannelSuccess{.channel_id = {1},
                                                      .target = target(0x40),
                                                      .extranonce_size = 2,
                                                      .extranonce_prefix = base::ByteView{prefix}});
    }
    template <class M>
    void receive(const M& message) {
        const auto frame = sv2::encode(message);
        connection_->on_received(
            sv2::decode_header(base::ByteView{frame}.first<sv2::frame_header_size>()),
            base::ByteView{frame}.subspan(sv2::frame_header_size));
    }
    void send_share(std::uint32_t number, std::uint32_t job = 0) {
        connection_->on_sent(sv2::encode(sv2::SubmitSharesExtended{.channel_id = {1},
                                                                   .sequence_number = number,
                                                                   .job_id = {job},
                                                                   .nonce = number,
                                                                   .extranonce = rolled_}));
    }
    ShareName name(std::uint32_t number) const {
        return {.job = {.channel = {9}}, .rolled = rolled_, .nonce = number};
    }
    bool may_be_alone(std::uint32_t number) const {
        return journal_.may_be_answered_alone(name(number), began_, world_.now());
    }

    World world_{1};
    base::SteadyTime began_{world_.now()};
    base::Bytes rolled_{std::byte{1}, std::byte{2}};
    UpstreamJournal journal_{world_, "translator", 1s};
    UpstreamJournal::Times times_{};
    std::optional<UpstreamJournal::Connection> connection_{std::in_place, journal_, times_["pool"]};
};

TEST_F(AnswersOfATranslator, AreThePoolsWhereItAccepts) {
    send_share(1);
    world_.run_for(5s);
    receive(sv2::SubmitSharesSuccess{
        .channel_id = {1}, .last_sequence_number = 1, .new_submits_accepted_count = 1});
    EXPECT_FALSE(may_be_alone(1));
    EXPECT_FALSE(journal_.has_undecided());
}

TEST_F(AnswersOfATranslator, AreThePoolsWhereItRefusesInTime) {
    send_share(1);
    world_.run_for(999ms);
    receive(sv2::SubmitSharesError{.channel_id = {1}, .sequence_number = 1, .error_code = "stale"});
    EXPECT_FALSE(may_be_alone(1));
}

TEST_F(AnswersOfATranslator, MayBeItsOwnWhereThePoolRefusesLate) {
    send_share(1);
    world_.run_for(1s);
    receive(sv2::SubmitSharesError{.channel_id = {1}, .sequence_number = 1, .error_code = "stale"});
    EXPECT_TRUE(may_be_alone(1));
}

TEST_F(AnswersOfATranslator, MayBeItsOwnOfAPoolThatIsKnownToBeSlow) {
    for (std::uint32_t number = 1; number <= translator::AnswerTimes::enough; ++number)
        send_share(number);
    world_.run_for(2s);
    receive(
        sv2::SubmitSharesSuccess{.channel_id = {1},
                                 .last_sequence_number = translator::AnswerTimes::enough,
                                 .new_submits_accepted_count = translator::AnswerTimes::enough});
    send_share(100);
    receive(
        sv2::SubmitSharesError{.channel_id = {1}, .sequence_number = 100, .error_code = "stale"});
    EXPECT_TRUE(may_be_alone(100));
}

TEST_F(AnswersOfATranslator, MayBeItsOwnWhereTheVerdictIsLost) {
    send_share(1);
    EXPECT_TRUE(journal_.is_open({9}));
    connection_.reset();
    EXPECT_TRUE(may_be_alone(1));
    EXPECT_FALSE(journal_.is_open({9}));
}

TEST_F(AnswersOfATranslator, MayBeItsOwnOfWhatNeverLeftOnlyWhereAConnectionEnded) {
    world_.run_for(1s);
    EXPECT_FALSE(may_be_alone(1));
    connection_.reset();
    EXPECT_TRUE(may_be_alone(1));
    began_ = world_.now() + 1s;
    EXPECT_FALSE(may_be_alone(1));
}

TEST_F(AnswersOfATranslator, MayBeItsOwnOfWhatMissesTheHardestTarget) {
    EXPECT_FALSE(journal_.may_be_kept(name(1), hash(0x40))) << "the channel's first";
    EXPECT_TRUE(journal_.may_be_kept(name(1), hash(0x41)));
    receive(sv2::SetTarget{.channel_id = {1}, .maximum_target = target(0x20)});
    receive(sv2::SetTarget{.channel_id = {1}, .maximum_target = target(0x60)});
    EXPECT_FALSE(journal_.may_be_kept(name(1), hash(0x20)));
    EXPECT_TRUE(journal_.may_be_kept(name(1), hash(0x21)));
    send_share(1);
    EXPECT_FALSE(journal_.may_be_kept(name(1), hash(0x21))) << "it was not kept";
}

TEST_F(AnswersOfATranslator, AreOfOneJobEach) {
    for (const std::uint32_t job : {1U, 2U}) {
        auto block_template = mining::some_template();
        block_template.ref = {100 + job};
        const auto coinbase =
            mining::derive_coinbase(block_template, mining::some_outputs(), {}, 10);
        receive(sv2::NewExtendedMiningJob{.channel_id = {1},
                                          .job_id = {job},
                                          .coinbase_tx_prefix = base::ByteView{coinbase->prefix}});
        send_share(7, job);
    }
    std::vector<ShareName> names;
    journal_.channels([&](const ShareName& name) {
        names.push_back(name);
        return auditor::SubmittedShare{};
    });
    ASSERT_EQ(names.size(), 2U);
    for (std::uint64_t i = 0; i < 2; ++i)
        EXPECT_EQ(names[i].job, (auditor::LedgerJob{{9}, {101 + i}, {}}));
    EXPECT_EQ(names[0].rolled, names[1].rolled);
    EXPECT_EQ(names[0].nonce, names[1].nonce);
}

TEST_F(AnswersOfATranslator, AreAMinersJournalToTheAuditor) {
    send_share(1);
    send_share(2);
    receive(sv2::SubmitSharesError{.channel_id = {1}, .sequence_number = 1, .error_code = "stale"});
    receive(sv2::SubmitSharesSuccess{.channel_id = {1},
                                     .last_sequence_number = 2,
                                     .new_submits_accepted_count = 1,
                                     .new_shares_sum = 16});
    const auto channels =
        journal_.channels([](const ShareName&) { return auditor::SubmittedShare{}; });
    ASSERT_EQ(channels.size(), 1U);
    EXPECT_EQ(channels[0].key.value, 9U);
    EXPECT_EQ(channels[0].accepted_sum, 16U);
    ASSERT_EQ(channels[0].shares.size(), 2U);
    EXPECT_FALSE(channels[0].is_acknowledged(channels[0].shares[0]));
    EXPECT_TRUE(channels[0].is_acknowledged(channels[0].shares[1]));
}

}  // namespace
}  // namespace simulation
