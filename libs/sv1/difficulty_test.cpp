#include "sv1/difficulty.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include "bitcoin/arith256.h"

namespace sv1 {
namespace {

using bitcoin::Arith256;
using bitcoin::Target;

Target target(const Arith256& value) {
    return Target{value.to_uint256()};
}
Target d1() {
    return target(Arith256{0xffff} << 208);
}

std::string text_of(double difficulty) {
    std::string text;
    append_difficulty(difficulty, text);
    return text;
}

TEST(Difficulty, C249_IsD1OverTheTargetAndNeverRoundedUp) {
    const struct {
        const char* what;
        Target target;
        double difficulty;
    } cases[] = {
        {"D1 itself", d1(), 1.0},
        {"the reference's 512", target(Arith256{0x7fff80} << 192), 512.0},
        {"half", target(Arith256{0xffff} << 209), 0.5},
        {"two", target(Arith256{0xffff} << 207), 2.0},
        {"a third of D1 is a little harder than 3", target(Arith256{0x5555} << 208), 3.0},
    };
    for (const auto& [what, of, difficulty] : cases) {
        SCOPED_TRACE(what);
        EXPECT_EQ(tell_difficulty(of, Rounding::none).difficulty, difficulty);
        EXPECT_EQ(target_of(difficulty), of);
    }
    // One above D1 is easier than 1: in whole numbers that is nothing, so it stays as it is.
    const auto easier =
        tell_difficulty(target((Arith256{0xffff} << 208) + Arith256{1}), Rounding::whole);
    EXPECT_LT(easier.difficulty, 1.0);
    EXPECT_GT(easier.difficulty, 0.9999999);
}

TEST(Difficulty, C249_NeverAsksAMinerForMoreThanItsTarget) {
    std::mt19937_64 random{7};
    for (int i = 0; i < 20'000; ++i) {
        const auto bits = 1 + random() % 256;
        Arith256 value;
        for (auto& limb : value.limbs) limb = random();
        value = (value >> (256 - bits));
        if (value.is_zero()) value = Arith256{1};
        const auto of = target(value);
        const auto exact = tell_difficulty(of, Rounding::none);
        ASSERT_GE(exact.target, of) << of.value.to_be_hex();
        // And hardly less: within one part in 2^52.
        if (bits > 64 && bits < 256) {
            ASSERT_LE(Arith256{exact.target.value}, value + (value >> 51)) << of.value.to_be_hex();
        }
        for (const auto rounding : {Rounding::whole, Rounding::power_of_two}) {
            const auto told = tell_difficulty(of, rounding);
            ASSERT_LE(told.difficulty, exact.difficulty);
            ASSERT_GE(told.target, of);
            if (exact.difficulty >= 1) {
                ASSERT_GE(told.difficulty, 1);
                ASSERT_EQ(told.difficulty, std::floor(told.difficulty));
                ASSERT_GT(told.difficulty * 2, exact.difficulty);
            } else {
                ASSERT_EQ(told.difficulty, exact.difficulty);
            }
        }
        const auto text = text_of(exact.difficulty);
        ASSERT_EQ(std::strtod(text.c_str(), nullptr), exact.difficulty) << text;
    }
}

TEST(Difficulty, RoundsDownToWhatFirmwareTakes) {
    const auto of = target_of(1000.75);
    EXPECT_NEAR(tell_difficulty(of, Rounding::none).difficulty, 1000.75, 1e-9);
    EXPECT_EQ(tell_difficulty(of, Rounding::whole).difficulty, 1000.0);
    EXPECT_EQ(tell_difficulty(of, Rounding::power_of_two).difficulty, 512.0);
    EXPECT_EQ(tell_difficulty(of, Rounding::power_of_two).target,
              target(Arith256{0x7fff80} << 192));
}

TEST(Difficulty, IsTheOneThatTheTargetWasMadeOf) {
    EXPECT_EQ(tell_difficulty(target_of(2000), Rounding::whole).difficulty, 2000);
    std::mt19937_64 random{7};
    for (int i = 0; i < 20'000; ++i) {
        const auto whole = static_cast<double>(1 + random() % (1ULL << (1 + i % 50)));
        ASSERT_EQ(tell_difficulty(target_of(whole), Rounding::whole).difficulty, whole);
        const double part = whole / 1048576;
        ASSERT_EQ(tell_difficulty(target_of(part), Rounding::none).difficulty, part);
    }
    for (int exponent = 0; exponent < 60; ++exponent) {
        const double power = std::ldexp(1.0, exponent);
        ASSERT_EQ(tell_difficulty(target_of(power), Rounding::power_of_two).difficulty, power);
    }
}

TEST(Difficulty, HasATargetForEveryNumber) {
    EXPECT_EQ(target_of(1e-300), bitcoin::target_max());
    EXPECT_EQ(target_of(4.9e-324), bitcoin::target_max());
    EXPECT_EQ(target_of(1e300), Target{});
    EXPECT_EQ(target_of(std::ldexp(1.0, 208)), target(Arith256{0xffff}));
    // D1 / 2^-32 just fits 256 bits; D1 / 2^-33 does not.
    EXPECT_EQ(target_of(std::ldexp(1.0, -32)), target(Arith256{0xffff} << 240));
    EXPECT_EQ(target_of(std::ldexp(1.0, -33)), bitcoin::target_max());
    EXPECT_EQ(target_of(3.0), target(Arith256{0x5555} << 208));
}

TEST(Difficulty, IsWrittenAsEveryJsonReaderTakesIt) {
    EXPECT_EQ(text_of(512), "512");
    EXPECT_EQ(text_of(1e9), "1000000000");
    EXPECT_EQ(text_of(0.00015), "0.00015");
    EXPECT_EQ(text_of(1.5), "1.5");
    EXPECT_EQ(text_of(1e-7), "0.0000001");
    EXPECT_EQ(text_of(4.9e-324).size(), 326U);
    // Beyond 63 bits a whole number fits no integer, and many readers then refuse the line.
    EXPECT_EQ(text_of(std::ldexp(1.0, 62)), "4611686018427387904");
    EXPECT_EQ(text_of(std::ldexp(1.0, 63)), "9223372036854775808.0");
    EXPECT_EQ(text_of(std::ldexp(1.0, 80)), "1208925819614629174706176.0");
}

}  // namespace
}  // namespace sv1
