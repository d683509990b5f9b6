#include "translator/local_vardiff.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"
#include "translator/aggregate_testing.h"

namespace translator {
namespace {

using namespace std::chrono_literals;

constexpr double start_rate = 1e12;
constexpr bitcoin::BlockHash best_hash{};  // meets every target

AggregateSettings settings() {
    return {.easiest_difficulty = 1e-9, .start_hash_rate_hps = start_rate};
}

double hashes_for(double hash_rate) {
    return hash_rate * 60 / AggregateSettings{}.policy.shares_per_minute;
}

class LocalVardiffTest : public testing::Test {
  protected:
    LocalVardiff miner(double nominal = 0, const bitcoin::Target& max = bitcoin::target_max()) {
        return {terms, nominal, max};
    }
    void wait(LocalVardiff& vardiff, std::chrono::seconds time) {
        for (const auto end = now + time; now < end;) {
            now += 1s;
            vardiff.advance(terms, now);
        }
    }

    VardiffTerms terms{settings()};
    base::SteadyTime now{1h};
};

TEST_F(LocalVardiffTest, BeginsWithWhatTheMinerSaysOrElseWithTheStart) {
    for (const auto& [nominal, believed] :
         {std::pair{5e13, 5e13}, std::pair{0.0, start_rate}, std::pair{-1.0, start_rate},
          std::pair{std::numeric_limits<double>::quiet_NaN(), start_rate},
          std::pair{std::numeric_limits<double>::infinity(), 1e24}, std::pair{1e-9, 1.0}}) {
        SCOPED_TRACE(nominal);
        const auto vardiff = miner(nominal);
        EXPECT_EQ(vardiff.hash_rate(), believed);
        EXPECT_NEAR(bitcoin::expected_hashes(vardiff.wanted()) / hashes_for(believed), 1, 0.11);
    }
}

TEST_F(LocalVardiffTest, IsNeverHarderThanTheChannelNorEasierThanTheMinerTakes) {
    const auto own = one_in(hashes_for(1e6));
    const auto easier = one_in(hashes_for(1e3));
    const auto harder = one_in(hashes_for(1e9));
    EXPECT_EQ(miner(1e6).target_for(harder), own);
    EXPECT_EQ(miner(1e6).target_for(easier), easier);
    EXPECT_EQ(miner(1e6, harder).target_for(own), harder) << "the miner's limit goes before";
    EXPECT_EQ(miner(1e6, harder).wanted(), harder);
    EXPECT_EQ(miner(1e6, easier).target_for(bitcoin::target_max()), easier);
}

TEST_F(LocalVardiffTest, TheEasiestBoundsSilenceUnlessTheChannelIsEasier) {
    terms = VardiffTerms{{.easiest_difficulty = 1.0, .start_hash_rate_hps = 1e12}};
    auto vardiff = miner(1e9);
    vardiff.set_in_force(vardiff.target_for({}), now);
    wait(vardiff, 2h);
    const auto easiest = vardiff.target_for({});
    EXPECT_NEAR(bitcoin::expected_hashes(easiest) / 4294967296.0, 1, 0.001);
    EXPECT_EQ(vardiff.target_for(one_in(1e6)), one_in(1e6));
}

TEST_F(LocalVardiffTest, WithoutWorkSilenceSaysNothing) {
    auto vardiff = miner(1e6);
    const auto before = vardiff.wanted();
    EXPECT_FALSE(vardiff.advance(terms, now + 1h)) << "it has had no job yet";
    now += 2h;
    vardiff.set_in_force(vardiff.target_for({}), now);
    wait(vardiff, 30s);
    vardiff.pause();
    wait(vardiff, 1h);
    EXPECT_FALSE(vardiff.share(terms, best_hash, now));
    EXPECT_EQ(vardiff.wanted(), before);
    vardiff.set_in_force(vardiff.target_for({}), now);
    wait(vardiff, 30s);
    EXPECT_EQ(vardiff.wanted(), before) << "thirty seconds and thirty are a minute";
    wait(vardiff, 3min);
    EXPECT_GT(vardiff.wanted(), before) << "and more is evidence";
}

TEST_F(LocalVardiffTest, OnlyHashesThatMeetTheTargetInForceCount) {
    auto vardiff = miner(1e6);
    vardiff.set_in_force(vardiff.target_for({}), now);
    const bitcoin::BlockHash too_high{bitcoin::uint256_max()};
    for (int i = 0; i < 1000; ++i) {
        now += 100ms;
        EXPECT_FALSE(vardiff.share(terms, too_high, now));
    }
    EXPECT_EQ(vardiff.hash_rate(), 1e6);
}

TEST_F(LocalVardiffTest, ASuggestionStartsAnewAndASecondTimeIsNoNews) {
    auto vardiff = miner();
    vardiff.set_in_force(vardiff.target_for({}), now);
    vardiff.update(terms, 1e9, bitcoin::target_max(), now);
    EXPECT_EQ(vardiff.hash_rate(), 1e9);
    vardiff.set_in_force(vardiff.target_for({}), now);
    wait(vardiff, 10min);
    const double learned = vardiff.hash_rate();
    EXPECT_LT(learned, 1e8);
    vardiff.update(terms, 1e9, bitcoin::target_max(), now);
    vardiff.update(terms, 0, bitcoin::target_max(), now);
    EXPECT_EQ(vardiff.hash_rate(), learned);
    vardiff.share(terms, best_hash, now);
    vardiff.update(terms, 1e15, bitcoin::target_max(), now);
    EXPECT_EQ(vardiff.hash_rate(), learned) << "its shares say more than its words";
    const auto limit = one_in(hashes_for(1e10));
    vardiff.update(terms, 0, limit, now);
    EXPECT_EQ(vardiff.hash_rate(), learned);
    EXPECT_EQ(vardiff.target_for({}), limit) << "a limit is in force at once";
}

/// A miner whose shares are a Poisson process, looked at once a second as tick() does; a target
/// that is wanted is in force with the next job, a second later at most.
struct Simulation {
    explicit Simulation(std::uint64_t seed, const VardiffTerms& vardiff_terms, double nominal)
        : random(seed), terms(vardiff_terms), vardiff(terms, nominal, bitcoin::target_max()) {
        vardiff.set_in_force(vardiff.target_for(upstream), now);
    }

    double exponential() {
        const double uniform = (static_cast<double>(random.next_u64() >> 11) + 1) * 0x1p-53;
        return -std::log(uniform);
    }
    /// Hashes until the next share, as a multiple of what it takes on average.
    void mine(double rate, std::chrono::seconds time) {
        for (const auto end = now + time; now < end;) {
            const auto tick_at = now + 1s;
            double hashes = rate;  // of this second
            while (true) {
                const double takes = left * bitcoin::expected_hashes(vardiff.in_force());
                if (takes > hashes) {
                    left -= hashes / bitcoin::expected_hashes(vardiff.in_force());
                    break;
                }
                hashes -= takes;
                left = exponential();
                ++shares;
                if (shares_this_second < 1000) {  // no firmware sends more
                    ++shares_this_second;
                    changes += vardiff
                                   .share(terms, best_hash,
                                          now + std::chrono::microseconds{static_cast<std::int64_t>(
                                                    1e6 * (1 - hashes / rate))})
                                   .has_value();
                } else {
                    break;
                }
            }
            shares_this_second = 0;
            now = tick_at;
            changes += vardiff.advance(terms, now).has_value();
            vardiff.set_in_force(vardiff.target_for(upstream), now);
        }
    }

    base::SeededRandom random;
    const VardiffTerms& terms;
    bitcoin::Target upstream{};
    LocalVardiff vardiff;
    base::SteadyTime now{1h};
    double left = 1;
    std::size_t shares{};
    std::size_t shares_this_second{};
    std::size_t changes{};
};

TEST(LocalVardiffInSimulation, SettlesFromTheStartWhateverTheMinerIs) {
    const VardiffTerms terms{settings()};
    const struct {
        const char* what;
        double hash_rate;
        std::chrono::minutes within;
    } cases[] = {
        {"a microcontroller", 1e5, 40min}, {"a CPU", 1e9, 25min},
        {"a smaller ASIC", 1e11, 15min},   {"what is believed", 1e12, 1min},
        {"a large ASIC", 2e14, 10min},     {"a farm behind a proxy", 1e17, 10min},
    };
    for (const auto& [what, hash_rate, within] : cases) {
        SCOPED_TRACE(what);
        int settled = 0;
        constexpr int runs = 40;
        for (std::uint64_t seed = 1; seed <= runs; ++seed) {
            Simulation simulation{seed, terms, 0};
            simulation.mine(hash_rate, within);
            const double off = std::log(bitcoin::expected_hashes(simulation.vardiff.in_force()) /
                                        hashes_for(hash_rate));
            settled += std::abs(off) < std::log(1.6);
        }
        EXPECT_GE(settled, runs * 9 / 10);
    }
}

TEST(LocalVardiffInSimulation, KeepsTheWantedRateAndLeavesASteadyMinerAlone) {
    const VardiffTerms terms{settings()};
    std::size_t shares = 0;
    std::size_t changes = 0;
    constexpr int hours = 400;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Simulation simulation{seed, terms, 2e14};
        simulation.mine(2e14, std::chrono::hours{hours / 20});
        shares += simulation.shares;
        changes += simulation.changes;
    }
    EXPECT_NEAR(static_cast<double>(shares) / hours / 60, 6, 0.6);
    EXPECT_LT(static_cast<double>(changes) / hours, 0.35) << "one in four hours is the setting";
}

TEST(LocalVardiffInSimulation, FollowsWhatAMinerBecomes) {
    const VardiffTerms terms{settings()};
    for (const double factor : {0.5, 2.0, 0.1, 10.0}) {
        SCOPED_TRACE(factor);
        int settled = 0;
        constexpr int runs = 20;
        for (std::uint64_t seed = 1; seed <= runs; ++seed) {
            Simulation simulation{seed, terms, 1e14};
            simulation.mine(1e14, 1h);
            simulation.mine(1e14 * factor, 40min);
            settled += std::abs(std::log(bitcoin::expected_hashes(simulation.vardiff.in_force()) /
                                         hashes_for(1e14 * factor))) < std::log(1.5);
        }
        EXPECT_GE(settled, runs * 9 / 10);
    }
}

TEST(LocalVardiffInSimulation, BehindAnEasyChannelTheRateIsTheChannels) {
    // The pool wants more shares than we do: none of them is thrown away.
    const VardiffTerms terms{settings()};
    Simulation simulation{3, terms, 1e12};
    simulation.upstream = one_in(hashes_for(1e12) / 5);
    simulation.vardiff.set_in_force(simulation.upstream, simulation.now);
    simulation.mine(1e12, 4h);
    EXPECT_EQ(simulation.vardiff.in_force(), simulation.upstream);
    EXPECT_NEAR(static_cast<double>(simulation.shares) / 240, 30, 2);
    EXPECT_NEAR(std::log(simulation.vardiff.hash_rate() / 1e12), 0, 0.2);
}

}  // namespace
}  // namespace translator
