#include "gateway/rota.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace gateway {
namespace {

constexpr std::size_t turns = 50;
constexpr Rota::AtOnce no_bound{.looked_at = 1'000'000, .gone = 1'000'000};

/// Connections that come and go, and when each was looked at last.
class RotaTest : public testing::Test {
  protected:
    void come(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            looked_at.emplace(++last_id, turn);
            rota.add(last_id);
        }
    }
    void go(std::uint64_t id) { looked_at.erase(id); }
    /// One call; counts what it looked at, and checks that none was looked at too often.
    bool look(const Rota::AtOnce& at_once) {
        looks = 0;
        gone = 0;
        return rota.look(at_once, [&](std::uint64_t id) {
            ++looks;
            const auto found = looked_at.find(id);
            if (found == looked_at.end()) {
                ++gone;
                return Rota::Found::gone;
            }
            ever_looked_at.insert_or_assign(id, turn);
            found->second = turn;
            return Rota::Found::there;
        });
    }
    void one_turn() {
        EXPECT_TRUE(look(no_bound));
        ++turn;
    }
    std::size_t oldest_look() const {
        std::size_t oldest = 0;
        for (const auto& [id, at] : looked_at) oldest = std::max(oldest, turn - at);
        return oldest;
    }

    Rota rota{turns};
    std::map<std::uint64_t, std::size_t> looked_at{};  // since it came, by id
    std::map<std::uint64_t, std::size_t> ever_looked_at{};
    std::uint64_t last_id{};
    std::size_t turn{};
    std::size_t looks{};
    std::size_t gone{};
};

TEST_F(RotaTest, LooksAtEachOnceInARoundAndAtAsManyInEachTurn) {
    come(10'000);
    for (std::size_t i = 0; i < turns; ++i) {
        one_turn();
        EXPECT_EQ(looks, 200U);
    }
    EXPECT_EQ(ever_looked_at.size(), 10'000U);
    const auto first = ever_looked_at;
    for (std::size_t i = 0; i < turns; ++i) one_turn();
    for (const auto& [id, at] : first) EXPECT_EQ(ever_looked_at[id], at + turns) << id;
}

TEST_F(RotaTest, LooksAtEachOnceInARoundWhoeverComesAndGoes) {
    std::mt19937_64 random{20};
    std::size_t most = 0;  // that had a place at once: also those whose end is not known yet
    std::size_t places = 0;
    for (std::size_t step = 0; step < 2'400; ++step) {
        // By turns a crowd comes, some come and go, and most leave.
        const auto mood = step / 200 % 3;
        const auto before = last_id;
        come(random() % (mood == 0 ? 40 : 8));
        places += last_id - before;
        for (auto leaves = random() % (mood == 2 ? 60 : 8); leaves > 0; --leaves)
            if (const auto one = looked_at.lower_bound(random() % (last_id + 1));
                one != looked_at.end())
                go(one->first);
        most = std::max(most, places);
        one_turn();
        places -= gone;
        ASSERT_LE(oldest_look(), turns);
        ASSERT_LE(looks, most / turns + 1);
    }
    EXPECT_GT(last_id, 20'000U);
    EXPECT_GT(most, 1'000U);
}

TEST_F(RotaTest, KeepsTheTurnOfThoseWhoStayWhenAllBeforeThemLeave) {
    come(1'000);
    for (std::size_t i = 0; i < turns; ++i) one_turn();
    for (std::uint64_t id = 1; id <= 990; ++id) go(id);
    for (std::size_t i = 0; i < 3 * turns; ++i) {
        one_turn();
        EXPECT_LE(oldest_look(), turns);
    }
}

TEST_F(RotaTest, GivesWhoComesTheTurnsThatBecameFree) {
    come(1'000);
    // All of one turn leave, and as many others come.
    for (std::uint64_t id = 1; id <= 1'000; id += turns) go(id);
    for (std::size_t i = 0; i < turns; ++i) one_turn();
    come(20);
    for (std::size_t i = 0; i < turns; ++i) {
        one_turn();
        EXPECT_EQ(looks, 20U);
    }
}

TEST_F(RotaTest, LooksAtNoMoreInOneGoThanMakesOthersWait) {
    come(15'000);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(look({.looked_at = 100, .gone = 8}), i == 2) << "300 have this turn";
        EXPECT_EQ(looks, 100U);
    }
    EXPECT_EQ(ever_looked_at.size(), 300U);
}

TEST_F(RotaTest, FindsNoMoreGoneInOneGoThanMakesOthersWait) {
    come(1'000);
    looked_at.clear();
    EXPECT_FALSE(look({.looked_at = 100, .gone = 8}));
    EXPECT_EQ(gone, 8U);
    EXPECT_FALSE(look({.looked_at = 100, .gone = 8}));
    EXPECT_EQ(gone, 8U);
    EXPECT_TRUE(look({.looked_at = 100, .gone = 8})) << "20 had this turn";
    EXPECT_EQ(gone, 4U);
}

TEST_F(RotaTest, TakesWhoComesWhileItLooks) {
    come(1);
    EXPECT_TRUE(rota.look(no_bound, [&](std::uint64_t id) {
        if (id <= 2'000) come(20);
        return Rota::Found::there;
    }));
    one_turn();
    for (std::size_t i = 0; i < turns; ++i) {
        one_turn();
        EXPECT_LE(oldest_look(), turns);
    }
}

TEST_F(RotaTest, HasTurnsWithNobody) {
    for (std::size_t i = 0; i < 3 * turns; ++i) {
        one_turn();
        EXPECT_EQ(looks, 0U);
    }
}

}  // namespace
}  // namespace gateway
