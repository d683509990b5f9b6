#include "noise/ephemeral_stash.h"

#include <gtest/gtest.h>

#include <set>

#include "noise/handshake.h"

namespace noise {
namespace {

/// Chance that says how often it was asked.
class CountingRandom final : public base::Random {
  public:
    void fill(std::span<std::byte> bytes) override {
        ++asked;
        inner_.fill(bytes);
    }
    std::size_t asked = 0;

  private:
    base::SeededRandom inner_{7};
};

TEST(EphemeralStash, GivesEachKeyOnceMadeAheadOrNot) {
    CountingRandom random;
    EphemeralStash stash{random, 4};
    std::set<std::array<std::byte, 32>> secrets;
    std::set<std::array<std::byte, ellswift_size>> encodings;
    const auto take = [&] {
        const auto key = stash.take();
        std::array<std::byte, 32> secret{};
        std::ranges::copy(key.secret.bytes(), secret.begin());
        EXPECT_TRUE(secrets.insert(secret).second);
        EXPECT_TRUE(encodings.insert(key.encoding.bytes).second);
        EXPECT_EQ(PeerKey::decode(key.encoding)->x_only(), key.secret.public_key());
    };
    for (int round = 0; round < 3; ++round) {
        for (std::size_t i = 0; i < 4; ++i) stash.make_one();
        for (std::size_t i = 0; i < 6; ++i) take();  // two more than there are
    }
    EXPECT_EQ(secrets.size(), 18U);
}

TEST(EphemeralStash, HoldsNoMoreThanItsBound) {
    CountingRandom random;
    EphemeralStash stash{random, 2};
    EXPECT_FALSE(stash.is_full());
    stash.make_one();
    stash.make_one();
    EXPECT_TRUE(stash.is_full());
    const auto asked = random.asked;
    stash.make_one();
    EXPECT_EQ(stash.size(), 2U);
    EXPECT_EQ(random.asked, asked) << "no work for a key that has no place";
    static_cast<void>(stash.take());
    EXPECT_EQ(random.asked, asked) << "it was made ahead";
    EXPECT_EQ(stash.size(), 1U);
}

}  // namespace
}  // namespace noise
