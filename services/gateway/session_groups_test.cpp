#include <map>

#include "gateway/session_testing.h"
#include "sv2/setup_flags.h"

namespace gateway {
namespace {

using Change = Session::TemplateChange;

mining::PayoutOutputs other_outputs() {
    return {.outputs = {{mining::bytes_of_hex("5120aa"), 10'000}}, .pool_tag = {}};
}

class GroupsTest : public SessionTest {
  protected:
    void change_outputs(const bus::ChannelOpen& open, const mining::PayoutOutputs& outputs) {
        effects.clear();
        session.on_outputs_change({open.key, outputs}, effects);
    }
    /// How often each message was addressed to each channel or group.
    std::map<std::pair<std::string, std::uint32_t>, int> addressed() const {
        std::map<std::pair<std::string, std::uint32_t>, int> counts;
        for (const auto& [header, payload] : heard())
            ++counts[{std::string{sv2::find_message(0, header.message_type)->name},
                      sv2::channel_id_of(payload)->value}];
        return counts;
    }
    mining::OutputsId outputs_of_share() const { return effects.shares.at(0).job.outputs_id; }
};

TEST_F(GroupsTest, AChannelThatPaysOthersMovesToTheirGroupAndHasAJobForThemAtOnce) {
    set_up();
    const auto first = open_extended();
    const auto second = open_extended();
    const auto moving = open_extended();
    const auto group = only<sv2::OpenExtendedMiningChannelSuccess>().group_channel_id;
    next_template(Change::refresh);
    const auto before = only<sv2::NewExtendedMiningJob>();
    ASSERT_EQ(before.channel_id, group);

    change_outputs(moving, other_outputs());
    EXPECT_EQ(heard_names(), (std::vector<std::string>{"SetGroupChannel", "NewExtendedMiningJob"}));
    const auto moved = only<sv2::SetGroupChannel>();
    EXPECT_NE(moved.group_channel_id, group);
    ASSERT_EQ(moved.channel_ids.size(), 1U);
    const auto own = only<sv2::NewExtendedMiningJob>();
    EXPECT_EQ(own.channel_id.value, moving.channel_id);
    EXPECT_TRUE(own.min_ntime.has_value()) << "active at once";

    submit_extended(moving.channel_id, before.job_id);
    EXPECT_EQ(outputs_of_share(), mining::outputs_id(mining::some_outputs()))
        << "an earlier job stays as it was sent";
    EXPECT_EQ(effects.shares.at(0).share.state, mining::JobState::past);
    submit_extended(moving.channel_id, own.job_id);
    EXPECT_EQ(outputs_of_share(), mining::outputs_id(other_outputs()));
    EXPECT_EQ(effects.shares.at(0).share.state, mining::JobState::active);
    submit_extended(first.channel_id, before.job_id);
    EXPECT_EQ(effects.shares.at(0).share.state, mining::JobState::active);

    next_template(Change::refresh);
    EXPECT_EQ(addressed(), (std::map<std::pair<std::string, std::uint32_t>, int>{
                               {{"NewExtendedMiningJob", group.value}, 1},
                               {{"NewExtendedMiningJob", moving.channel_id}, 1}}))
        << "one message for each group, and for a group of one as for a channel";
    const auto jobs = heard();
    for (const auto& [header, payload] : jobs) {
        const auto job = sv2::decode<sv2::NewExtendedMiningJob>(payload).value();
        if (job.channel_id != group) continue;
        submit_extended(second.channel_id, job.job_id);
        EXPECT_EQ(effects.shares.size(), 1U);
        submit_extended(moving.channel_id, job.job_id);
        EXPECT_EQ(refusal(), "invalid-job-id") << "it was sent to the others";
    }
}

TEST_F(GroupsTest, AGroupThatIsThereAlreadyTakesTheNewcomerAndItsLaterJobsReachBoth) {
    set_up();
    const auto first = open_extended();
    const auto second = open_extended();
    change_outputs(first, other_outputs());
    const auto group = only<sv2::SetGroupChannel>().group_channel_id;
    change_outputs(second, other_outputs());
    EXPECT_EQ(only<sv2::SetGroupChannel>().group_channel_id, group);
    next_template(Change::new_tip);
    const auto job = only<sv2::NewExtendedMiningJob>();
    EXPECT_EQ(job.channel_id, group);
    EXPECT_EQ(only<sv2::SetNewPrevHash>().channel_id, group);
    for (const auto& member : {first, second}) {
        submit_extended(member.channel_id, job.job_id);
        EXPECT_EQ(outputs_of_share(), mining::outputs_id(other_outputs()));
    }
    say(sv2::CloseChannel{.channel_id = group, .reason_code = "bye"});
    EXPECT_EQ(session.channels(), 0U);
}

TEST_F(GroupsTest, C116_WhoRequiresStandardJobsHearsOfNoGroup) {
    set_up(sv2::mining_client_flag::requires_standard_jobs);
    const auto open = open_standard();
    open_standard();
    change_outputs(open, other_outputs());
    EXPECT_EQ(heard_names(), std::vector<std::string>{"NewMiningJob"});
    EXPECT_EQ(only<sv2::NewMiningJob>().channel_id.value, open.channel_id);
    submit_standard(open.channel_id, only<sv2::NewMiningJob>().job_id);
    EXPECT_EQ(outputs_of_share(), mining::outputs_id(other_outputs()));
}

TEST_F(GroupsTest, WithTheOutputsThatItHasAChannelStaysWhereItIs) {
    set_up();
    const auto open = open_extended();
    change_outputs(open, mining::some_outputs());
    EXPECT_TRUE(effects.frames.empty());
    session.on_outputs_change({{12345}, other_outputs()}, effects);
    EXPECT_TRUE(effects.frames.empty()) << "closed meanwhile";
}

TEST_F(GroupsTest, AnUpdateSaysWhoseChannelItIsAndWhomItPays) {
    set_up();
    const auto open = open_extended();
    const auto update = [&] {
        say(sv2::UpdateChannel{
            .channel_id = {open.channel_id}, .nominal_hash_rate = 1, .maximum_target = any_target});
        return std::get<bus::ChannelUpdate>(effects.events.at(0));
    };
    EXPECT_EQ(update().user_identity, "bob");
    EXPECT_EQ(update().outputs_id, mining::outputs_id(mining::some_outputs()));
    change_outputs(open, other_outputs());
    EXPECT_EQ(update().outputs_id, mining::outputs_id(other_outputs()));
}

TEST_F(GroupsTest, C130_AClosedGroupsIdIsNobodysAnyMore) {
    set_up();
    open_extended();
    const auto group = only<sv2::OpenExtendedMiningChannelSuccess>().group_channel_id;
    say(sv2::CloseChannel{.channel_id = group, .reason_code = "bye"});
    open_extended();
    EXPECT_NE(only<sv2::OpenExtendedMiningChannelSuccess>().group_channel_id, group);
    say(sv2::CloseChannel{.channel_id = group, .reason_code = "bye"});
    EXPECT_EQ(session.channels(), 1U);
    EXPECT_TRUE(effects.frames.empty() && effects.events.empty());
}

}  // namespace
}  // namespace gateway
