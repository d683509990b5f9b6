// What happened before a job and what after it, with nothing in between that tells them apart.

#include "gateway/session_send.h"
#include "gateway/session_testing.h"

namespace gateway {
namespace {

using Change = Session::TemplateChange;

TEST_F(SessionTest, C120_WhoIsOpenedRightBehindATemplateDoesNotHoldItsGroupsJob) {
    set_up();
    open_extended();
    const auto member = open_extended();
    const auto late = ask_extended(8);
    next_template(Change::refresh);
    const auto job = only<sv2::NewExtendedMiningJob>();
    ASSERT_NE(job.channel_id.value, member.channel_id) << "addressed to the group";
    grant(late);
    submit_extended(late.channel_id, job.job_id);
    EXPECT_EQ(refusal(), "invalid-job-id") << "it was not there yet";
    submit_extended(member.channel_id, job.job_id);
    EXPECT_EQ(effects.shares.size(), 1U);
}

TEST_F(SessionTest, C125_ASmallerMaximumRightBehindATemplateIsNotForItsJob) {
    const auto easy = bitcoin::target_of({1ULL << 32});
    const auto hard = bitcoin::target_of({4ULL << 32});
    set_up();
    const auto open = ask_standard();
    grant(open, easy);
    next_template(Change::refresh);
    const auto before = only<sv2::NewMiningJob>().job_id;
    say(sv2::UpdateChannel{
        .channel_id = {open.channel_id}, .nominal_hash_rate = 1, .maximum_target = to_wire(hard)});
    const auto after = only<sv2::NewMiningJob>().job_id;
    submit_standard(open.channel_id, before);
    EXPECT_EQ(effects.shares.at(0).job.target, easy) << "frozen when it became active";
    submit_standard(open.channel_id, after);
    EXPECT_EQ(effects.shares.at(0).job.target, hard);
}

}  // namespace
}  // namespace gateway
