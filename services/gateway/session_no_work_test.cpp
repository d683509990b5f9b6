#include "gateway/session_testing.h"

namespace gateway {
namespace {

using Change = Session::TemplateChange;
using Names = std::vector<std::string>;

/// Templates whose block has no room for the coinbase, until there is one that has.
class NoWorkTest : public SessionTest {
  protected:
    void next_without_room(Change change) {
        block_template.coinbase_weight_max = 1;
        next_template(change);
    }
    void next_with_room(Change change) {
        block_template.coinbase_weight_max.reset();
        next_template(change);
    }
};

TEST_F(NoWorkTest, ANewcomerIsOpenedAndHasItsJobWithTheNextTemplate) {
    set_up();
    next_without_room(Change::refresh);
    const auto standard = open_standard();
    EXPECT_EQ(heard_names(), Names{"OpenStandardMiningChannel.Success"});
    open_extended();
    EXPECT_EQ(heard_names(), Names{"OpenExtendedMiningChannel.Success"});
    for (const std::uint32_t never_sent : {1U, 2U, 3U}) {
        submit_standard(standard.channel_id, {never_sent});
        EXPECT_EQ(refusal(), "invalid-job-id") << never_sent;
    }
    next_with_room(Change::refresh);
    EXPECT_EQ(heard_names(), (Names{"NewMiningJob", "NewExtendedMiningJob"}));
}

TEST_F(NoWorkTest, NobodyIsToldOfATipThatTheyCannotWorkOn) {
    set_up();
    open_standard();
    open_extended();
    open_extended();
    next_without_room(Change::new_tip);
    EXPECT_EQ(heard_names(), Names{});
    next_with_room(Change::new_tip);
    EXPECT_EQ(heard_names(),
              (Names{"NewMiningJob", "SetNewPrevHash", "NewExtendedMiningJob", "SetNewPrevHash"}));
}

TEST_F(NoWorkTest, ATargetThatNoJobCouldCarryIsOwedOne) {
    const auto target_of = [](std::uint64_t difficulty) {
        return bitcoin::target_of({difficulty << 32});
    };
    set_up();
    const auto open = ask_standard();
    grant(open, target_of(1));
    const auto job = only<sv2::NewMiningJob>().job_id;
    next_without_room(Change::refresh);
    session.on_proposal(open.key, target_of(2), effects);
    EXPECT_EQ(heard_names(), Names{"SetTarget"});
    submit_standard(open.channel_id, job);
    EXPECT_EQ(effects.shares.at(0).share.state, mining::JobState::active)
        << "there is no later one";
    effects.clear();
    session.on_proposal(open.key, target_of(3), effects);
    EXPECT_EQ(heard_names(), Names{}) << "two targets for one job confuse miners";
    next_with_room(Change::refresh);
    EXPECT_EQ(heard_names(), (Names{"SetTarget", "NewMiningJob"}));
    submit_standard(open.channel_id, only<sv2::NewMiningJob>().job_id);
    EXPECT_EQ(effects.shares.at(0).job.target, target_of(3));
}

}  // namespace
}  // namespace gateway
