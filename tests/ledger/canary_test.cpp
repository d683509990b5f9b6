#include <stdexcept>

#include "canary/broken_script.h"
#include "fixture.h"

namespace ledger {
namespace {

using canary::Breach;
using canary::broken_script;

class CanaryTest : public LedgerTest {
  protected:
    /// The same batch twice, by a ledger with this breach.
    std::pair<Answer, Answer> commit_twice(const Breach& breach) {
        const auto script = broken_script(scripts::commit, breach);
        Ledger broken{client_, LedgerSettings{.script = script}};
        auto first = commit(broken, batch(1, 1, {10, 10}));
        return {std::move(first), commit(broken, batch(1, 1, {10, 10}))};
    }
};

TEST_F(CanaryTest, WithoutABreachItIsTheScriptThatEveryWorkerHas) {
    EXPECT_EQ(broken_script(scripts::commit, {}), scripts::commit);
}

TEST_F(CanaryTest, AReplayThatIsNotNoticedIsAnsweredWithDuplicates) {
    const auto [first, second] = commit_twice({.ignores_replays = true});
    EXPECT_EQ(first->duplicates, flags("01"));
    EXPECT_FALSE(second->is_replay);
    EXPECT_EQ(second->duplicates, flags("11"));
    EXPECT_EQ(integer({"XLEN", keys::log(0)}), 2);
}

TEST_F(CanaryTest, WithoutTheDuplicateCheckEverythingIsCreditedAgain) {
    const auto [first, second] =
        commit_twice({.ignores_replays = true, .ignores_duplicates = true});
    EXPECT_EQ(first->duplicates, flags("00"));
    EXPECT_EQ(second->duplicates, flags("00"));
    EXPECT_EQ(integer({"XLEN", keys::log(0)}), 2);
}

TEST(BrokenScript, RefusesAScriptThatItDoesNotKnow) {
    EXPECT_THROW(broken_script("return 1", {.ignores_replays = true}), std::logic_error);
    EXPECT_THROW(broken_script("return 1", {.ignores_duplicates = true}), std::logic_error);
}

}  // namespace
}  // namespace ledger
