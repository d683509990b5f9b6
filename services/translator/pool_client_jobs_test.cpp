#include "translator/pool_client_testing.h"

namespace translator {
namespace {

using namespace pool_event;
using sv2::testing::filled;
using testing::ElementsAre;
using testing::IsEmpty;

/// Three channels of one group, each with the job and the tip of its own beginning.
class PoolClientJobs : public PoolClientTest {
  protected:
    void SetUp() override {
        set_up();
        for (std::uint32_t id = 1; id <= 3; ++id) {
            open(id);
            start(id, id);
        }
    }
    std::vector<std::uint64_t> given_to() const {
        std::vector<std::uint64_t> handles;
        for (const auto& given : events<JobGiven>()) handles.push_back(given.channel.value);
        return handles;
    }
    ActiveJob only_job() const {
        EXPECT_EQ(events<JobGiven>().size(), 1U);
        return events<JobGiven>().at(0).job;
    }
};

TEST_F(PoolClientJobs, C141_C144_C246_AFutureJobIsGivenWhenATipNamesIt) {
    hear(job({1}, 50));
    EXPECT_THAT(effects.events, IsEmpty());
    now += 5s;
    hear(tip({1}, 50, 0xdd));
    const auto given = only_job();
    EXPECT_EQ(events<JobGiven>().at(0).channel, ChannelHandle{1'001});
    EXPECT_TRUE(given.is_clean);
    EXPECT_EQ(given.min_ntime, 5'000U);
    EXPECT_EQ(given.tip->prev_hash.value, bitcoin::Uint256::from_bytes(filled(0xdd)));
    EXPECT_EQ(given.tip->nbits, 0x1b00d7c0U);
    EXPECT_EQ(given.tip->since, now);
    EXPECT_EQ(given.parts->coinbase_prefix, base::Bytes(50, std::byte{50}));
    EXPECT_EQ(given.parts->merkle_path.size(), 1U);
    EXPECT_TRUE(given.parts->may_roll_version);
    EXPECT_EQ(given.extranonce_size, 8U);
    EXPECT_EQ(*given.extranonce_prefix, base::to_bytes(prefix(1)));
    EXPECT_EQ(given.target, target_filled(0x10));
}

TEST_F(PoolClientJobs, C140_C142_AJobWithATimeIsGivenAtOnceOnTheLastTip) {
    hear(job({1}, 50, 6'000));
    const auto given = only_job();
    EXPECT_FALSE(given.is_clean);
    EXPECT_EQ(given.min_ntime, 6'000U);
    EXPECT_EQ(given.tip->prev_hash.value, bitcoin::Uint256::from_bytes(filled(0xcc)));
}

TEST_F(PoolClientJobs, C118_AGroupsJobIsDecodedOnceAndGivenToEveryMember) {
    hear(job(group, 50, 6'000));
    EXPECT_THAT(given_to(), ElementsAre(1'001, 1'002, 1'003));
    const auto jobs = events<JobGiven>();
    EXPECT_EQ(jobs[0].job.parts, jobs[2].job.parts);
    EXPECT_EQ(jobs[0].job.tip, jobs[2].job.tip);
    EXPECT_EQ(*jobs[1].job.extranonce_prefix, base::to_bytes(prefix(2)));
    hear(job(group, 51));
    hear(tip(group, 51, 0xdd));
    EXPECT_THAT(given_to(), ElementsAre(1'001, 1'002, 1'003));
    EXPECT_EQ(events<JobGiven>()[0].job.tip, events<JobGiven>()[2].job.tip);
}

TEST_F(PoolClientJobs, SharesOfAGroupsJobNameItForEachMember) {
    hear(job(group, 50, 6'000));
    const auto jobs = events<JobGiven>();
    for (std::uint32_t id = 1; id <= 3; ++id) {
        ASSERT_TRUE(submit(id, jobs[id - 1].job, id));
        EXPECT_EQ(last_said<sv2::SubmitSharesExtended>().message.job_id, sv2::JobId{50});
        EXPECT_EQ(last_said<sv2::SubmitSharesExtended>().message.sequence_number, 1U);
    }
}

TEST_F(PoolClientJobs, NewcomersShareWhatTheOthersHave) {
    hear(job({1}, 50));
    const auto first = [&] {
        hear(tip({1}, 50));
        return only_job();
    }();
    open(4);
    auto same = job({4}, 50);
    same.job_id = {51};
    now += 10s;
    hear(same);
    hear(tip({4}, 51));
    EXPECT_EQ(only_job().parts, first.parts);
    EXPECT_EQ(only_job().tip, first.tip);
    EXPECT_TRUE(only_job().is_clean);
}

TEST_F(PoolClientJobs, ANewcomerHasNoWorkBeforeItsTip) {
    open(4);
    hear(job(group, 50, 6'000));
    EXPECT_THAT(given_to(), ElementsAre(1'001, 1'002, 1'003));
    // A group's tip that was announced before it came is for it too.
    hear(job(group, 51));
    open(5);
    hear(tip(group, 51, 0xdd));
    EXPECT_THAT(given_to(), ElementsAre(1'001, 1'002, 1'003, 1'004, 1'005));
}

TEST_F(PoolClientJobs, C160_C161_ATargetIsOfJobsToComeAndOfThoseThatWait) {
    hear(job({1}, 50));
    hear(sv2::SetTarget{.channel_id = {1}, .maximum_target = filled(0x01)});
    EXPECT_THAT(effects.events, IsEmpty());
    hear(tip({1}, 50));
    EXPECT_EQ(only_job().target, target_filled(0x01));
    hear(sv2::SetTarget{.channel_id = {1}, .maximum_target = filled(0x02)});
    EXPECT_THAT(effects.events, IsEmpty());
    hear(job({1}, 51, 6'000));
    EXPECT_EQ(only_job().target, target_filled(0x02));
}

TEST_F(PoolClientJobs, C162_ATargetOfAGroupIsThatOfAllMembers) {
    hear(sv2::SetTarget{.channel_id = group, .maximum_target = filled(0x01)});
    hear(job(group, 50, 6'000));
    for (const auto& given : events<JobGiven>()) EXPECT_EQ(given.job.target, target_filled(0x01));
}

TEST_F(PoolClientJobs, C133_APrefixIsOfJobsSentAfterIt) {
    hear(job({1}, 50));
    hear(sv2::SetExtranoncePrefix{.channel_id = {1}, .extranonce_prefix = prefix(0x77)});
    EXPECT_THAT(effects.events, IsEmpty()) << "nothing has changed yet";
    hear(job({1}, 51));
    hear(tip({1}, 50));
    EXPECT_EQ(*only_job().extranonce_prefix, base::to_bytes(prefix(1)));
    EXPECT_THAT(events<TermsChanged>(), IsEmpty());
    hear(job({1}, 52, 6'000));
    ASSERT_EQ(effects.events.size(), 2U);
    const auto terms = std::get<TermsChanged>(effects.events[0]).terms;
    EXPECT_EQ(*terms.extranonce_prefix, base::to_bytes(prefix(0x77)));
    const auto given = std::get<JobGiven>(effects.events[1]).job;
    EXPECT_EQ(given.extranonce_prefix, terms.extranonce_prefix);
    EXPECT_TRUE(given.is_clean) << "the miner's other jobs have the old prefix";
}

TEST_F(PoolClientJobs, AGroupsJobToComeHasThePrefixOfItsSendingForEachMember) {
    hear(job(group, 50));
    hear(sv2::SetExtranoncePrefix{.channel_id = {2}, .extranonce_prefix = prefix(0x77)});
    hear(tip(group, 50));
    for (std::uint32_t id = 1; id <= 3; ++id)
        EXPECT_EQ(*events<JobGiven>()[id - 1].job.extranonce_prefix, base::to_bytes(prefix(id)));
    hear(job(group, 51, 6'000));
    EXPECT_EQ(events<TermsChanged>().size(), 1U);
    EXPECT_EQ(*events<JobGiven>()[1].job.extranonce_prefix, base::to_bytes(prefix(0x77)));
}

TEST_F(PoolClientJobs, APrefixThatLeavesNoRoomEndsThatChannelOnly) {
    kept.push_back(base::Bytes(25, std::byte{7}));
    hear(sv2::SetExtranoncePrefix{.channel_id = {1}, .extranonce_prefix = kept.back()});
    EXPECT_EQ(events<Closed>().at(0).channel, ChannelHandle{1'001});
    EXPECT_THAT(said_names(), ElementsAre("CloseChannel"));
    EXPECT_EQ(failed_as(), "");
    EXPECT_EQ(client->channels(), 2U);
}

TEST_F(PoolClientJobs, C130_ClosingAGroupClosesItsMembers) {
    ActiveJob one;
    hear(job({1}, 50, 6'000));
    one = only_job();
    ASSERT_TRUE(submit(1, one, 3));
    hear(sv2::CloseChannel{.channel_id = {1}, .reason_code = "bye"});
    EXPECT_EQ(events<ShareAnswered>().at(0).verdict, Verdict::unknown);
    EXPECT_EQ(events<Closed>().at(0).code, "bye");
    EXPECT_FALSE(submit(1, one, 4));
    hear(sv2::CloseChannel{.channel_id = group, .reason_code = "all"});
    std::vector<std::uint64_t> closed;
    for (const auto& event : events<Closed>()) closed.push_back(event.channel.value);
    EXPECT_THAT(closed, testing::UnorderedElementsAre(1'002, 1'003));
    EXPECT_EQ(client->channels(), 0U);
    hear(job(group, 60, 6'000));
    hear(tip(group, 61));
    EXPECT_EQ(failed_as(), "") << "what was on its way for who has left";
}

TEST_F(PoolClientJobs, ChannelsMoveBetweenGroups) {
    const sv2::ChannelId other{200};
    hear(job(group, 50));
    const std::vector<sv2::ChannelId> moved{{2}, {3}, {99}};
    hear(sv2::SetGroupChannel{.group_channel_id = other, .channel_ids = moved});
    hear(job(group, 51, 6'000));
    EXPECT_THAT(given_to(), ElementsAre(1'001));
    hear(job(other, 52, 6'000));
    EXPECT_THAT(given_to(), ElementsAre(1'002, 1'003));
    // What the old group was promised it still holds.
    hear(tip({3}, 50, 0xdd));
    EXPECT_THAT(given_to(), ElementsAre(1'003));
    client->close({1}, "by-miner", now, effects);
    hear(job(group, 53, 6'000));
    EXPECT_THAT(given_to(), IsEmpty());
    EXPECT_EQ(failed_as(), "");
}

TEST_F(PoolClientJobs, ATipThatNamesNoJobEndsTheConnection) {
    hear(job({1}, 50));
    hear(tip({2}, 50));
    EXPECT_EQ(failed_as(), "violation");
}

TEST_F(PoolClientJobs, OtherJobsThatWaitedAreDroppedWithTheTip) {
    hear(job({1}, 50));
    hear(job({1}, 51));
    hear(tip({1}, 51));
    EXPECT_EQ(only_job().parts->coinbase_prefix, base::Bytes(50, std::byte{51}));
    hear(tip({1}, 50));
    EXPECT_EQ(failed_as(), "violation");
}

TEST_F(PoolClientJobs, ChannelsOfPeersWithoutGroupsAreAddressedAlone) {
    open(4, {0});
    start(4, 60);
    hear(job({4}, 61, 6'000));
    EXPECT_THAT(given_to(), ElementsAre(1'004));
    hear(job({0}, 62, 6'000));
    EXPECT_THAT(given_to(), IsEmpty());
}

TEST_F(PoolClientTest, FiveThousandMembersCostOneDecodingAJob) {
    set_up();
    for (std::uint32_t id = 1'000; id < 6'000; ++id) {
        ask(id);
        hear(sv2::OpenExtendedMiningChannelSuccess{.request_id = {id - 999},
                                                   .channel_id = {id},
                                                   .extranonce_size = 8,
                                                   .extranonce_prefix = prefix(id),
                                                   .group_channel_id = group});
        kept.clear();
    }
    hear(job(group, 1));
    hear(tip(group, 1));
    const auto jobs = events<JobGiven>();
    ASSERT_EQ(jobs.size(), 5'000U);
    EXPECT_EQ(jobs.front().job.parts.get(), jobs.back().job.parts.get());
    // Half of them go, in the order that costs most.
    effects = {};
    for (std::uint32_t id = 1'000; id < 6'000; id += 2)
        client->close({id}, "by-miner", now, effects);
    hear(job(group, 2, 6'000));
    EXPECT_EQ(events<JobGiven>().size(), 2'500U);
}

}  // namespace
}  // namespace translator
