#include "translator/start_difficulty.h"

#include <gtest/gtest.h>

namespace translator {
namespace {

TEST(DifficultyInPassword, IsWhatStandsBehindD) {
    const struct {
        const char* password;
        std::optional<double> difficulty;
    } cases[] = {
        {"", {}},         {"x", {}},         {"d=512", 512}, {"x,d=512", 512},
        {"d=0.5;y", 0.5}, {"x d=1e3", 1000}, {"d=", {}},     {"d=0", {}},
        {"d=-1", {}},     {"d=nan", {}},     {"d=inf", {}},  {"d=12x", {}},
        {"id=12", {}},    {"d=x,d=7", 7},    {",,;d=7", 7},  {"d=1e999", {}},
    };
    for (const auto& [password, difficulty] : cases)
        EXPECT_EQ(difficulty_in_password(password), difficulty) << password;
}

TEST(DifficultyOfTarget, IsD1OverTheTarget) {
    EXPECT_EQ(difficulty_of_target(sv1::target_of(512).value), 512);
    EXPECT_EQ(difficulty_of_target({}), std::nullopt);
}

TEST(StartOf, BelievesTheMinerThenTheOperatorThenItsFirmware) {
    MinerSettings settings;
    const auto& bitaxe = firmware_of("bitaxe/BM1366/v2.4.1");
    EXPECT_EQ(start_of({}, 0, firmware_of("who?"), settings).nominal_hash_rate_hps, 1e12);
    EXPECT_EQ(start_of({}, 0, bitaxe, settings).nominal_hash_rate_hps, 5e11);
    settings.nominal_hash_rate_hps = 3e13;
    EXPECT_EQ(start_of({}, 0, bitaxe, settings).nominal_hash_rate_hps, 3e13);
    settings.shares_per_minute = 15;
    EXPECT_EQ(start_of(512, 0, bitaxe, settings).nominal_hash_rate_hps, 512 * 4294967296.0 / 4);
    EXPECT_EQ(start_of(1e300, 0, bitaxe, settings).nominal_hash_rate_hps, 1e25)
        << "still a number that a pool takes";
}

TEST(StartOf, MaxTargetIsTheHardestOfAllMinima) {
    MinerSettings settings;
    const auto max_target = [&](double minimum, const char* agent) {
        return start_of({}, minimum, firmware_of(agent), settings).max_target;
    };
    EXPECT_EQ(max_target(0, "x"), bitcoin::target_max());
    EXPECT_EQ(max_target(2048, "x"), sv1::target_of(2048));
    EXPECT_EQ(max_target(2048, "NiceHash/1.0.0"), sv1::target_of(524'288));
    EXPECT_EQ(max_target(1e6, "nicehash/1.0.0"), sv1::target_of(1e6));
    settings.minimum_difficulty = 2e6;
    EXPECT_EQ(max_target(1e6, "nicehash/1.0.0"), sv1::target_of(2e6));
    EXPECT_EQ(max_target(1e300, "x"), sv1::target_of(4294967295)) << "what a pool can serve";
}

TEST(Firmware, IsKnownByHowItsAgentBegins) {
    EXPECT_EQ(firmware_of("").name, "other");
    EXPECT_EQ(firmware_of("bosminer-plus-tuner 0.2").name, "Braiins OS");
    EXPECT_EQ(firmware_of("whatsminer/v1.1").name, "Whatsminer");
    EXPECT_EQ(firmware_of("xminer-1.2.6").name, "Vnish");
    EXPECT_EQ(firmware_of("PowerPlay-BM/1.0").name, "ePIC");
    EXPECT_EQ(firmware_of("ESP-Miner").rounding, sv1::Rounding::whole);
    EXPECT_EQ(firmware_of("not bitaxe").name, "other");
    EXPECT_EQ(stricter(sv1::Rounding::none, sv1::Rounding::whole), sv1::Rounding::whole);
    EXPECT_EQ(stricter(sv1::Rounding::whole, sv1::Rounding::none), sv1::Rounding::whole);
    EXPECT_EQ(stricter(sv1::Rounding::whole, sv1::Rounding::power_of_two),
              sv1::Rounding::power_of_two);
    EXPECT_EQ(stricter(sv1::Rounding::none, sv1::Rounding::none), sv1::Rounding::none);
}

}  // namespace
}  // namespace translator
