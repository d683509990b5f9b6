#include "translator/share_check.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "translator/miner_testing.h"

namespace translator {
namespace {

/// The first block there was, as a job: its coinbase is cut so that twelve bytes of the headline
/// are the extranonce.
constexpr const char* genesis_coinbase =
    "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d"
    "0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66"
    "207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe55"
    "48271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba"
    "0b8d578a4c702b6bf11d5fac00000000";
constexpr std::size_t cut_at = 70;
constexpr std::uint32_t genesis_ntime = 0x495fab29;

struct Cut {
    std::size_t prefix{};
    std::size_t head{};
    std::size_t extranonce2{};
};

struct Genesis {
    MinerJob job{};
    sv1::Submit share{};
};

Genesis genesis(const Cut& cut, const bitcoin::Target& target, const bitcoin::Target& told) {
    const auto coinbase = base::from_hex(genesis_coinbase).value();
    const base::ByteView all{coinbase};
    auto at = cut_at;
    const auto take = [&](std::size_t size) {
        at += size;
        return all.subspan(at - size, size);
    };
    auto parts = std::make_shared<JobParts>();
    parts->version = 1;
    parts->coinbase_prefix = base::to_bytes(all.first(cut_at));
    auto layout = std::make_shared<ExtranonceLayout>();
    layout->prefix = std::make_shared<base::Bytes>(base::to_bytes(take(cut.prefix)));
    layout->head = *mining::Extranonce::from(take(cut.head));
    layout->extranonce2_size = cut.extranonce2;
    Genesis made;
    const auto extranonce2 = take(cut.extranonce2);
    made.share.extranonce2.size = extranonce2.size();
    std::ranges::copy(extranonce2, made.share.extranonce2.bytes.begin());
    made.share.ntime = genesis_ntime;
    made.share.nonce = 0x7c2bac1d;
    parts->coinbase_suffix = base::to_bytes(all.subspan(at));

    SharedJobs jobs;
    made.job.shared = jobs.share(
        parts, std::make_shared<Tip>(Tip{.nbits = 0x1d00ffff, .min_ntime = genesis_ntime}));
    made.job.layout = layout;
    made.job.target = target;
    made.job.told_target = told;
    return made;
}

Genesis genesis(const Cut& cut = {4, 4, 4}) {
    return genesis(cut, sv1::target_of(2500), sv1::target_of(2500));
}

std::optional<ShareDefect> defect_of(const Genesis& made, std::uint32_t now = genesis_ntime) {
    const auto checked = check_share(made.job, made.share, now);
    return checked ? std::nullopt : std::optional{checked.error()};
}

TEST(CheckShare, C256_HashesTheHeaderThatTheMinerDidWhereverTheExtranonceIsCut) {
    const Cut cuts[] = {{4, 4, 4},  {4, 0, 8},  {0, 4, 8}, {0, 1, 1},
                        {20, 4, 8}, {0, 0, 32}, {30, 1, 1}};
    for (const auto& cut : cuts) {
        const auto made = genesis(cut);
        const auto checked = check_share(made.job, made.share, genesis_ntime);
        ASSERT_TRUE(checked) << error_text(checked.error());
        EXPECT_EQ(checked->hash.value.to_be_hex(),
                  "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f");
        EXPECT_EQ(checked->worth, ShareWorth::full);
        EXPECT_EQ(checked->version, 1U);
        auto rolled = base::to_bytes(made.job.layout->head.bytes());
        base::append(rolled, made.share.extranonce2.view());
        EXPECT_EQ(base::to_bytes(checked->rolled.bytes()), rolled)
            << "all that stands behind the prefix";
    }
}

TEST(CheckShare, C250_JudgesByWhatTheMinerWasToldAndSaysWhetherThePoolTakesIt) {
    // The block's difficulty is 2536.4.
    const struct {
        const char* when;
        double pool;
        double told;
        ShareWorth worth;
    } cases[] = {
        {"better than both", 2536, 2536, ShareWorth::full},
        {"between the two", 2536.9, 2536, ShareWorth::enough},
        {"worse than both", 2538, 2537, ShareWorth::low},
    };
    for (const auto& [when, pool, told, worth] : cases) {
        SCOPED_TRACE(when);
        const auto made = genesis({4, 4, 4}, sv1::target_of(pool), sv1::target_of(told));
        const auto checked = check_share(made.job, made.share, genesis_ntime);
        ASSERT_TRUE(checked);
        EXPECT_EQ(checked->worth, worth);
    }
    // A hash that is the target itself meets it.
    auto made = genesis();
    const auto hash = check_share(made.job, made.share, genesis_ntime)->hash;
    made.job.target = made.job.told_target = {hash.value};
    EXPECT_EQ(check_share(made.job, made.share, genesis_ntime)->worth, ShareWorth::full);
}

TEST(CheckShare, C171_BoundsNtimeByTheTipAndTheClockAlone) {
    const struct {
        const char* when;
        std::uint32_t ntime;
        std::optional<ShareDefect> defect;
    } cases[] = {
        {"one second too early", genesis_ntime - 1, ShareDefect::ntime_too_early},
        {"exactly the tip's", genesis_ntime, std::nullopt},
        {"two hours ahead of the clock", genesis_ntime + 7200, std::nullopt},
        {"one second more", genesis_ntime + 7201, ShareDefect::ntime_too_late},
        {"the last there is", 0xffffffff, ShareDefect::ntime_too_late},
    };
    for (const auto& [when, ntime, defect] : cases) {
        SCOPED_TRACE(when);
        auto made = genesis();
        made.share.ntime = ntime;
        EXPECT_EQ(defect_of(made), defect);
    }
    auto made = genesis();
    made.share.ntime = 0xffffffff;
    EXPECT_EQ(defect_of(made, 0xffffffff), std::nullopt) << "nothing overflows";
}

TEST(CheckShare, WantsExactlyTheBytesThatTheMinerWasGiven) {
    for (const std::size_t size : {0U, 3U, 5U, 32U}) {
        auto made = genesis();
        made.share.extranonce2.size = size;
        EXPECT_EQ(defect_of(made), ShareDefect::extranonce2_size);
    }
}

TEST(CheckShare, C251_C253_TakesTheVersionBitsThatWereGrantedForTheJob) {
    const struct {
        const char* when;
        std::optional<std::uint32_t> mask;
        std::optional<std::uint32_t> bits;
        std::optional<ShareDefect> defect;
    } cases[] = {
        {"not agreed", std::nullopt, std::nullopt, std::nullopt},
        {"not agreed, and sent", std::nullopt, 0, ShareDefect::bits_not_agreed},
        {"agreed", 0x1fffe000, 0x2000, std::nullopt},
        {"agreed, and missing", 0x1fffe000, std::nullopt, ShareDefect::bits_missing},
        {"outside", 0x1fffe000, 0x1000, ShareDefect::bits_outside_mask},
        {"of a fixed job", 0, 0, std::nullopt},
        {"of a fixed job, and rolled", 0, 0x2000, ShareDefect::bits_outside_mask},
    };
    for (const auto& [when, mask, bits, defect] : cases) {
        SCOPED_TRACE(when);
        auto made = genesis();
        made.job.mask = mask;
        made.share.version_bits = bits;
        EXPECT_EQ(defect_of(made), defect);
        if (defect) continue;
        EXPECT_EQ(check_share(made.job, made.share, genesis_ntime)->version, 1U | bits.value_or(0));
    }
}

TEST(SharedJobs, GiveMinersOfOneJobTheSameAndForgetWhatNobodyHas) {
    SharedJobs jobs;
    const auto tip = std::make_shared<Tip>();
    const auto parts = testing::some_parts();
    const auto job = jobs.share(parts, tip);
    EXPECT_EQ(jobs.share(parts, tip), job);
    EXPECT_NE(jobs.share(testing::some_parts(), tip), job);
    for (int i = 0; i < 1000; ++i) jobs.share(testing::some_parts(), tip);
    EXPECT_LE(jobs.size(), 64U);
    EXPECT_EQ(jobs.share(parts, tip), job);
}

}  // namespace
}  // namespace translator
