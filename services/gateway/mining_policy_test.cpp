#include "gateway/mining_policy.h"

#include <optional>

#include "gateway/session_testing.h"
#include "mining/judge.h"
#include "sv2/error_codes.h"
#include "sv2/setup_flags.h"

namespace gateway {
namespace {

using namespace sv2::mining_client_flag;

TEST(AnswerSetup, C071_C072_C085_NamesEveryFlagThatThisPoolCannotHonour) {
    const MiningPolicy usual;
    const MiningPolicy fixed{.requires_fixed_version = true};
    const MiningPolicy extended_only{.requires_extended_channels = true};
    const std::uint32_t all = 0xffffffff;
    const struct {
        const char* what;
        MiningPolicy policy;
        std::uint32_t asked;
        std::optional<std::uint32_t> unsupported;  // nothing where it is welcome
    } cases[] = {
        {"nothing", usual, 0, std::nullopt},
        {"what the usual pool has", usual, requires_standard_jobs | requires_version_rolling,
         std::nullopt},
        {"all, to see what there is", usual, all,
         all & ~(requires_standard_jobs | requires_version_rolling)},
        {"an undefined bit", usual, 1U << 3, 1U << 3},
        {"the last bit", usual, 1U << 31, 1U << 31},
        {"version rolling of a fixed version", fixed, requires_version_rolling,
         requires_version_rolling},
        {"all of a fixed version", fixed, all, all & ~requires_standard_jobs},
        {"standard jobs without standard channels", extended_only, requires_standard_jobs,
         requires_standard_jobs},
        {"all without standard channels", extended_only, all, all & ~requires_version_rolling},
        {"version rolling without standard channels", extended_only, requires_version_rolling,
         std::nullopt},
    };
    for (const auto& [what, policy, asked, unsupported] : cases) {
        SCOPED_TRACE(what);
        const auto answer = answer_setup(
            {.protocol = sv2::Protocol::mining, .min_version = 2, .max_version = 2, .flags = asked},
            policy);
        ASSERT_EQ(answer.has_value(), !unsupported.has_value());
        if (!unsupported) {
            EXPECT_EQ(answer->requires_standard_jobs, (asked & requires_standard_jobs) != 0);
            continue;
        }
        EXPECT_EQ(answer.error().flags, *unsupported);
        EXPECT_EQ(answer.error().error_code, sv2::error_code::unsupported_feature_flags);
    }
}

TEST(ServerFlags, C076_SayWhatThePoolInsistsOn) {
    EXPECT_EQ(server_flags({}), 0U);
    EXPECT_EQ(server_flags({.requires_fixed_version = true}),
              sv2::mining_server_flag::requires_fixed_version);
    EXPECT_EQ(server_flags({.requires_extended_channels = true}),
              sv2::mining_server_flag::requires_extended_channels);
}

class FixedVersionTest : public SessionTest {
  protected:
    FixedVersionTest() : SessionTest({}, {.requires_fixed_version = true}) {}
    std::optional<mining::ShareError> error_of_last_share() {
        const auto& share = effects.shares.at(0);
        const auto judged = mining::judge(share.share, share.job, block_template, *share.outputs);
        if (judged.verdict) return std::nullopt;
        return judged.verdict.error();
    }
};

TEST_F(FixedVersionTest, C083_NoExtendedJobAllowsVersionRolling) {
    set_up();
    EXPECT_EQ(only<sv2::SetupConnectionSuccess>().flags,
              sv2::mining_server_flag::requires_fixed_version);
    const auto open = open_extended();
    EXPECT_FALSE(only<sv2::NewExtendedMiningJob>().version_rolling_allowed);
    for (const auto change : {Session::TemplateChange::refresh, Session::TemplateChange::new_tip}) {
        next_template(change);
        EXPECT_FALSE(only<sv2::NewExtendedMiningJob>().version_rolling_allowed);
    }
    effects.clear();
    session.on_proposal(open.key, bitcoin::target_of({9ULL << 32}), effects);
    EXPECT_FALSE(only<sv2::NewExtendedMiningJob>().version_rolling_allowed);
}

TEST_F(FixedVersionTest, C172_AStandardShareHasTheVersionOfItsJobToTheBit) {
    set_up();
    const auto open = open_standard();
    const auto job = only<sv2::NewMiningJob>();
    const auto share_of_version = [&](std::uint32_t version) {
        say(sv2::SubmitSharesStandard{.channel_id = {open.channel_id},
                                      .sequence_number = 1,
                                      .job_id = job.job_id,
                                      .nonce = 7,
                                      .ntime = block_template.tip.min_ntime,
                                      .version = version});
        return error_of_last_share();
    };
    EXPECT_EQ(share_of_version(job.version), std::nullopt);
    EXPECT_EQ(share_of_version(job.version ^ (1U << 13)),
              mining::ShareError::version_rolling_not_allowed);
    EXPECT_EQ(share_of_version(job.version ^ 1U), mining::ShareError::version_rolling_not_allowed);
}

class ExtendedOnlyTest : public SessionTest {
  protected:
    ExtendedOnlyTest() : SessionTest({}, {.requires_extended_channels = true}) {}
};

TEST_F(ExtendedOnlyTest, AStandardChannelIsRefusedAndAnExtendedOneIsNot) {
    set_up();
    EXPECT_EQ(only<sv2::SetupConnectionSuccess>().flags,
              sv2::mining_server_flag::requires_extended_channels);
    say(sv2::OpenStandardMiningChannel{.request_id = {4}, .user_identity = "alice"});
    const auto error = only<sv2::OpenMiningChannelError>();
    EXPECT_EQ(error.request_id, sv2::RequestId{4});
    EXPECT_EQ(error.error_code, "standard-channels-not-supported");
    EXPECT_EQ(effects.opens_refused, std::vector<std::string>{"standard-channels-not-supported"});
    EXPECT_TRUE(effects.events.empty());
    open_extended();
    EXPECT_EQ(session.channels(), 1U);
}

}  // namespace
}  // namespace gateway
