#include "noise/ellswift_map.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <span>

#include "base/random.h"
#include "noise/keys.h"

namespace noise {
namespace {

TEST(EllSwiftMap, MapsEveryPairOntoTheCurve) {
    base::SeededRandom random{3};
    for (int round = 0; round < 300; ++round) {
        std::array<std::byte, 64> bytes{};
        random.fill(bytes);
        const std::span pair{bytes};
        const auto [x, y] = xswiftec(FieldElement::from_bytes(pair.first<32>()),
                                     FieldElement::from_bytes(pair.last<32>()));
        EXPECT_EQ(y.square(), x.square() * x + FieldElement{7});
    }
}

TEST(EllSwiftMap, FindsAsManyPreimagesAsThereAreAndNoneTwice) {
    base::SeededRandom random{4};
    int found = 0;
    constexpr int rounds = 200;
    for (int round = 0; round < rounds; ++round) {
        std::array<std::byte, 32> bytes{};
        random.fill(bytes);
        const auto u = FieldElement::from_bytes(bytes);
        const auto x = SecretKey::generate(random).public_key();
        std::set<std::array<std::byte, 32>> seen;
        for (unsigned branch = 0; branch < 8; ++branch) {
            const auto t = xswiftec_inverse(FieldElement::from_bytes(x.bytes), u, branch);
            if (!t) continue;
            EXPECT_EQ(xswiftec(u, *t).x.to_bytes(), x.bytes);
            EXPECT_TRUE(seen.insert(t->to_bytes()).second);
            ++found;
        }
    }
    // Two of eight on average, p points of t falling on p/2 values of x.
    EXPECT_NEAR(found, 2 * rounds, rounds / 2);
}

}  // namespace
}  // namespace noise
