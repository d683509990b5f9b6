#include "mining/judge.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/random.h"
#include "bitcoin/arith256.h"
#include "mining/records_testing.h"
#include "mining/solution.h"

namespace mining {
namespace {

std::optional<ShareError> error_of(const Judged& judged) {
    return judged.verdict ? std::nullopt : std::optional{judged.verdict.error()};
}

Judged judge_some(const SubmittedShare& share, const JobRecord& record = some_record(),
                  const BlockTemplate& block_template = some_template()) {
    return judge(share, record, block_template, some_outputs());
}

bitcoin::Target one_below(const bitcoin::BlockHash& hash) {
    return bitcoin::Target{(bitcoin::Arith256{hash.value} - bitcoin::Arith256{1}).to_uint256()};
}

TEST(Judge, C178_CreditsTheDifficultyOfTheTargetAndNotOfTheHash) {
    auto record = some_record();
    record.target = *bitcoin::target_for_hash_rate(2, 60);
    auto share = some_share();
    for (;; ++share.nonce)
        if (const auto judged = judge_some(share, record); judged.verdict) {
            EXPECT_EQ(*judged.verdict, bitcoin::difficulty_of(record.target));
            break;
        }
}

TEST(Judge, C145_C146_AcceptsOnlyActiveAndPastJobs) {
    const struct {
        JobState state;
        std::optional<ShareError> refused;
    } cases[] = {
        {JobState::active, std::nullopt},
        {JobState::past, std::nullopt},
        {JobState::stale, ShareError::stale_share},
        {JobState::closed, ShareError::stale_share},
    };
    for (const auto& [state, refused] : cases) {
        auto share = some_share();
        share.state = state;
        EXPECT_EQ(error_of(judge_some(share)), refused);
    }
}

TEST(Judge, C166_WantsExactlyTheBytesThatTheMinerRolls) {
    const struct {
        const char* extranonce;
        std::optional<ShareError> refused;
    } cases[] = {
        {"01020304050607", ShareError::bad_extranonce_size},
        {"0102030405060708", std::nullopt},
        {"010203040506070809", ShareError::bad_extranonce_size},
        {"", ShareError::bad_extranonce_size},
    };
    for (const auto& [extranonce, refused] : cases) {
        SCOPED_TRACE(extranonce);
        auto share = some_share();
        share.extranonce = extranonce_of_hex(extranonce);
        const auto judged = judge_some(share);
        EXPECT_EQ(error_of(judged), refused);
        if (refused) {
            EXPECT_EQ(judged.hash.value, bitcoin::uint256_max());
            EXPECT_FALSE(judged.solves_block);
        }
    }
}

TEST(Judge, NeverTakesAShareItCouldNotHashForABlock) {
    auto block_template = some_template();
    block_template.tip.network_target = bitcoin::target_max();
    auto share = some_share();
    EXPECT_TRUE(judge_some(share, some_record(), block_template).solves_block);
    share.extranonce = {};
    EXPECT_FALSE(judge_some(share, some_record(), block_template).solves_block);
}

TEST(Judge, C168_C169_C170_BoundsNtimeByTheTipAndTheClock) {
    const struct {
        const char* when;
        std::uint32_t ntime;
        base::UnixMicros received_at;
        std::optional<ShareError> refused;
    } cases[] = {
        {"one second too early", 999, at_second(1000), ShareError::invalid_share},
        {"exactly min_ntime", 1000, at_second(1000), std::nullopt},
        {"two hours ahead", 1000 + 7200, at_second(1000), std::nullopt},
        {"one second too far ahead", 1000 + 7201, at_second(1000), ShareError::invalid_share},
        {"a fraction of a second does not count", 1000 + 7201,
         at_second(1000) + std::chrono::microseconds{999'999}, ShareError::invalid_share},
        {"the next second does", 1000 + 7201, at_second(1001), std::nullopt},
        {"at the end of 32 bits", 0xffffffff, at_second(0xffffffff), std::nullopt},
    };
    for (const auto& [when, ntime, received_at, refused] : cases) {
        SCOPED_TRACE(when);
        auto share = some_share();
        share.ntime = ntime;
        share.received_at = received_at;
        EXPECT_EQ(error_of(judge_some(share)), refused);
    }
}

TEST(Judge, C157_C172_LetsOnlyRollableBitsOfTheVersionChange) {
    for (std::uint32_t bit = 0; bit < 32; ++bit) {
        SCOPED_TRACE(bit);
        const bool rollable = bit >= 5 && bit <= 28;
        auto share = some_share();
        share.version ^= std::uint32_t{1} << bit;
        EXPECT_EQ(
            error_of(judge_some(share)),
            rollable ? std::nullopt : std::optional{ShareError::invalid_non_rollable_version_bit});
        auto fixed = some_record();
        fixed.version_rolling_allowed = false;
        EXPECT_EQ(error_of(judge_some(share, fixed)), ShareError::version_rolling_not_allowed);
        EXPECT_EQ(error_of(judge_some(some_share(), fixed)), std::nullopt);
    }
}

TEST(Judge, C158_C159_AcceptsAHashEqualToTheTargetAndNoneAboveIt) {
    const auto hash = judge_some(some_share()).hash;
    auto record = some_record();
    record.target = bitcoin::Target{hash.value};
    EXPECT_EQ(error_of(judge_some(some_share(), record)), std::nullopt);
    record.target = one_below(hash);
    EXPECT_EQ(error_of(judge_some(some_share(), record)), ShareError::difficulty_too_low);

    auto block_template = some_template();
    block_template.tip.network_target = bitcoin::Target{hash.value};
    EXPECT_TRUE(judge_some(some_share(), some_record(), block_template).solves_block);
    block_template.tip.network_target = one_below(hash);
    EXPECT_FALSE(judge_some(some_share(), some_record(), block_template).solves_block);
}

TEST(Judge, SeesABlockInAShareThatItRefuses) {
    auto block_template = some_template();
    block_template.tip.network_target = bitcoin::target_max();
    const struct {
        const char* what;
        void (*spoil)(SubmittedShare&, JobRecord&);
        ShareError refused;
    } cases[] = {
        {"stale", [](SubmittedShare& s, JobRecord&) { s.state = JobState::stale; },
         ShareError::stale_share},
        {"closed", [](SubmittedShare& s, JobRecord&) { s.state = JobState::closed; },
         ShareError::stale_share},
        {"ntime", [](SubmittedShare& s, JobRecord&) { s.ntime = 1; }, ShareError::invalid_share},
        {"version", [](SubmittedShare& s, JobRecord&) { s.version ^= 1U; },
         ShareError::invalid_non_rollable_version_bit},
        {"fixed version",
         [](SubmittedShare& s, JobRecord& r) {
             s.version ^= 0x20U;
             r.version_rolling_allowed = false;
         },
         ShareError::version_rolling_not_allowed},
        {"target", [](SubmittedShare&, JobRecord& r) { r.target = {}; },
         ShareError::difficulty_too_low},
    };
    for (const auto& [what, spoil, refused] : cases) {
        SCOPED_TRACE(what);
        auto share = some_share();
        auto record = some_record();
        spoil(share, record);
        const auto judged = judge_some(share, record, block_template);
        EXPECT_TRUE(judged.solves_block);
        EXPECT_EQ(error_of(judged), refused);
    }
}

TEST(Judge, C175_ReportsTheFirstOfSeveralDefects) {
    // Each step mends the defect that was reported.
    auto record = some_record();
    record.target = {};
    auto share = some_share();
    share.state = JobState::stale;
    share.extranonce = {};
    share.ntime = 0;
    share.version ^= 1U;
    EXPECT_EQ(error_of(judge_some(share, record)), ShareError::stale_share);
    share.state = JobState::past;
    EXPECT_EQ(error_of(judge_some(share, record)), ShareError::bad_extranonce_size);
    share.extranonce = some_share().extranonce;
    EXPECT_EQ(error_of(judge_some(share, record)), ShareError::invalid_share);
    share.ntime = some_share().ntime;
    EXPECT_EQ(error_of(judge_some(share, record)), ShareError::invalid_non_rollable_version_bit);
    share.version = some_share().version;
    EXPECT_EQ(error_of(judge_some(share, record)), ShareError::difficulty_too_low);
}

TEST(Judge, RefusesAShareWhoseCoinbaseCannotBeBuilt) {
    const auto judged = judge(some_share(), some_record(), some_template(), PayoutOutputs{});
    EXPECT_EQ(error_of(judged), ShareError::invalid_share);
    EXPECT_FALSE(judged.solves_block);
}

TEST(Judge, AcceptsNoMoreSharesForAHarderTarget) {
    base::SeededRandom random{13};
    auto easy = some_record();
    easy.target = *bitcoin::target_for_hash_rate(4, 60);
    auto hard = some_record();
    hard.target = *bitcoin::target_for_hash_rate(8, 60);
    int accepted = 0;
    for (int i = 0; i < 300; ++i) {
        auto share = some_share();
        share.nonce = static_cast<std::uint32_t>(random.next_u64());
        if (!judge_some(share, hard).verdict) continue;
        ++accepted;
        EXPECT_TRUE(judge_some(share, easy).verdict.has_value());
    }
    EXPECT_GT(accepted, 0);
}

TEST(Judge, AnEasedTargetCountsForWhatMissesTheFrozenOne) {
    const auto frozen = *bitcoin::target_for_hash_rate(16, 60);
    const auto eased = *bitcoin::target_for_hash_rate(2, 60);
    auto with = some_record();
    with.target = frozen;
    with.eased_target = eased;
    auto without = with;
    without.eased_target.reset();
    int at_frozen = 0;
    int at_eased = 0;
    int at_none = 0;
    for (std::uint32_t nonce = 0; nonce < 300; ++nonce) {
        auto share = some_share();
        share.nonce = nonce;
        const auto judged = judge_some(share, with);
        const auto alone = judge_some(share, without);
        ASSERT_EQ(judged.hash, alone.hash);
        if (frozen.is_met_by(judged.hash)) {
            ++at_frozen;
            EXPECT_EQ(judged.verdict, bitcoin::difficulty_of(frozen));
            EXPECT_EQ(alone.verdict, bitcoin::difficulty_of(frozen));
        } else if (eased.is_met_by(judged.hash)) {
            ++at_eased;
            EXPECT_EQ(judged.verdict, bitcoin::difficulty_of(eased));
            EXPECT_EQ(error_of(alone), ShareError::difficulty_too_low);
        } else {
            ++at_none;
            EXPECT_EQ(error_of(judged), ShareError::difficulty_too_low);
        }
    }
    EXPECT_GT(at_frozen, 0);
    EXPECT_GT(at_eased, 0);
    EXPECT_GT(at_none, 0);
    // Both sides of its bound, to the last bit.
    auto exact = with;
    exact.target = {};
    exact.eased_target = bitcoin::Target{judge_some(some_share(), with).hash.value};
    EXPECT_EQ(judge_some(some_share(), exact).verdict, bitcoin::difficulty_of(*exact.eased_target));
    --exact.eased_target->value.bytes[0];
    EXPECT_EQ(error_of(judge_some(some_share(), exact)), ShareError::difficulty_too_low);
}

TEST(Judge, HashesOtherHeadersForEveryChannelTemplateAndVariant) {
    const auto hash = judge_some(some_share()).hash;
    auto record = some_record();
    record.extranonce_prefix = *Extranonce::from(ChannelKey{1}.to_bytes());
    EXPECT_NE(judge_some(some_share(), record).hash, hash);
    record = some_record();
    record.variant = Variant{3};
    EXPECT_NE(judge_some(some_share(), record).hash, hash);
    auto block_template = some_template();
    block_template.ref = TemplateRef{1};
    EXPECT_NE(judge_some(some_share(), some_record(), block_template).hash, hash);
}

}  // namespace
}  // namespace mining
