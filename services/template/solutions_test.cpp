#include "template/solutions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "template/solutions_testing.h"

namespace templates {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = BlockState::Kind;
using Chain = BlockState::Chain;
using Event = BlockEvent::Kind;
using Answer = SubmitAnswer::Kind;
using Standing = BlockStanding::Kind;

constexpr base::UnixMicros now{std::chrono::seconds{1'700'000'000}};
constexpr std::size_t node_a = 0;
constexpr std::size_t node_b = 1;

class SolutionsTest : public testing::Test {
  protected:
    static Solutions::Settings settings() {
        return {.nodes = {"a", "b"}, .settled_max = 2, .confirmations = 10, .give_up_tips = 20};
    }
    // Found, on disk and on its way to both nodes.
    void submit(const SpooledBlock& of) {
        (void)solutions.on_found(of, std::nullopt);
        (void)solutions.on_stored(of.hash, true, now);
    }
    Solutions::Effects answer(const SpooledBlock& of, std::size_t node, Answer kind,
                              const char* reason = "") {
        return solutions.on_answer(of.hash, node, {.kind = kind, .reason = reason}, now);
    }
    Solutions::Effects stands(const SpooledBlock& of, BlockStanding standing,
                              std::uint32_t tip_height) {
        return solutions.on_standing(of.hash, standing, tip_height, now);
    }
    const BlockState& state_of(const SpooledBlock& of) { return solutions.find(of.hash)->state; }

    Solutions solutions{settings()};
    const SpooledBlock block = block_named(1);
};

TEST_F(SolutionsTest, GoesToDiskThenToEveryNode) {
    const auto found = solutions.on_found(block, Origin{.node = node_b, .name = 77});
    ASSERT_EQ(all_of<Solutions::StoreBlock>(found).size(), 1U);
    EXPECT_EQ(all_of<Solutions::StoreBlock>(found).front().block, block);
    EXPECT_THAT(events_in(found), ElementsAre(Event::found));
    EXPECT_THAT(all_of<Solutions::Submit>(found), IsEmpty());

    const auto stored = solutions.on_stored(block.hash, true, now);
    const auto submitted = all_of<Solutions::Submit>(stored);
    ASSERT_EQ(submitted.size(), 2U);
    EXPECT_EQ(*submitted[0].bytes, block.bytes);
    EXPECT_EQ(submitted[0].origin, std::nullopt) << "the template is not of this node";
    EXPECT_EQ(submitted[1].origin, 77U);
    EXPECT_EQ(solutions.undelivered().blocks, 1U);
    EXPECT_THAT(solutions.waiting_for(node_a), ElementsAre(block.hash));
}

TEST_F(SolutionsTest, DoesNothingForOneThatIsKnown) {
    submit(block);
    EXPECT_THAT(solutions.on_found(block, std::nullopt), IsEmpty());
    EXPECT_EQ(solutions.newest(10).size(), 1U);
}

TEST_F(SolutionsTest, GoesToTheNodesWhenTheDiskFailsAndToTheDiskWhenItComesAgain) {
    (void)solutions.on_found(block, std::nullopt);
    EXPECT_EQ(all_of<Solutions::Submit>(solutions.on_stored(block.hash, false, now)).size(), 2U);
    EXPECT_EQ(all_of<Solutions::StoreBlock>(solutions.on_found(block, std::nullopt)).size(), 1U);
    EXPECT_THAT(all_of<Solutions::Submit>(solutions.on_stored(block.hash, true, now)), IsEmpty());
    EXPECT_TRUE(solutions.find(block.hash)->is_on_disk);
}

TEST_F(SolutionsTest, DoesNotWaitForADiskThatStandsStill) {
    (void)solutions.on_found(block, std::nullopt);
    EXPECT_EQ(all_of<Solutions::Submit>(solutions.on_disk_slow(block.hash, now)).size(), 2U);
    EXPECT_THAT(solutions.on_disk_slow(block.hash, now), IsEmpty());
    EXPECT_THAT(all_of<Solutions::Submit>(solutions.on_stored(block.hash, true, now)), IsEmpty());
}

TEST_F(SolutionsTest, IsAcceptedWhenOneNodeHasItAndTheOthersAreStillAsked) {
    submit(block);
    EXPECT_THAT(events_in(answer(block, node_a, Answer::rejected, "high-hash")),
                ElementsAre(Event::rejected));
    EXPECT_EQ(state_of(block).kind, Kind::spooled);
    const auto away = answer(block, node_b, Answer::unreachable, "connection refused");
    ASSERT_EQ(all_of<Solutions::Retry>(away).size(), 1U);
    EXPECT_THAT(events_in(away), IsEmpty());
    EXPECT_EQ(all_of<Solutions::Submit>(solutions.on_retry(block.hash, node_b, now)).size(), 1U);
    EXPECT_THAT(events_in(answer(block, node_b, Answer::duplicate, "duplicate")),
                ElementsAre(Event::accepted));
    EXPECT_EQ(state_of(block).kind, Kind::accepted);
    EXPECT_EQ(solutions.undelivered().blocks, 0U);
    EXPECT_THAT(solutions.on_retry(block.hash, node_a, now), IsEmpty());
}

TEST_F(SolutionsTest, IsRejectedWhenEveryNodeThatCanAnswerRejectsIt) {
    submit(block);
    (void)answer(block, node_a, Answer::unsupported, "not its template");
    EXPECT_EQ(state_of(block).kind, Kind::spooled);
    EXPECT_THAT(events_in(answer(block, node_b, Answer::rejected, "bad-cb-amount")),
                ElementsAre(Event::rejected, Event::rejected));
    EXPECT_EQ(state_of(block).kind, Kind::rejected);
    EXPECT_EQ(state_of(block).reason, "b: bad-cb-amount");
}

TEST_F(SolutionsTest, AlarmsWhenNoNodeCanTakeIt) {
    submit(block);
    EXPECT_THAT(all_of<Solutions::NoTaker>(answer(block, node_a, Answer::unsupported)), IsEmpty());
    EXPECT_EQ(all_of<Solutions::NoTaker>(answer(block, node_b, Answer::unsupported)).size(), 1U);
    EXPECT_EQ(solutions.undelivered().blocks, 1U);

    // Another configuration may have one that can.
    const auto state = state_of(block);
    Solutions after{{.nodes = {"a", "new"}}};
    EXPECT_EQ(all_of<Solutions::Submit>(after.on_recovered(block, state, now)).size(), 2U);
}

TEST_F(SolutionsTest, TakesARaceForAcceptedAndALaggingNodeForOneToAskAgain) {
    submit(block);
    EXPECT_EQ(
        all_of<Solutions::Retry>(answer(block, node_a, Answer::rejected, "prev-blk-not-found"))
            .size(),
        1U);
    EXPECT_THAT(events_in(answer(block, node_b, Answer::rejected, "inconclusive")),
                ElementsAre(Event::side_branch));
    EXPECT_EQ(state_of(block).kind, Kind::accepted);
}

TEST_F(SolutionsTest, GivesUpWhatNoNodeTookAndTheChainHasLeftBehind) {
    submit(block);
    (void)answer(block, node_a, Answer::unreachable);
    EXPECT_THAT(solutions.on_tip(block.height + 19, now), IsEmpty());
    EXPECT_THAT(events_in(solutions.on_tip(block.height + 20, now)), ElementsAre(Event::given_up));
    EXPECT_EQ(state_of(block).kind, Kind::given_up);
    EXPECT_THAT(solutions.on_retry(block.hash, node_a, now), IsEmpty());
    // The answer of a node that was being asked meanwhile is welcome.
    EXPECT_THAT(events_in(answer(block, node_b, Answer::accepted)), ElementsAre(Event::accepted));
    EXPECT_EQ(state_of(block).kind, Kind::accepted);
}

TEST_F(SolutionsTest, SparesANodeThatIsAwayWhatOthersTookLongAgo) {
    submit(block);
    (void)answer(block, node_a, Answer::unreachable);
    (void)answer(block, node_b, Answer::accepted);
    EXPECT_THAT(solutions.on_tip(block.height + 5, now), IsEmpty());
    const auto effects = solutions.on_tip(block.height + 6, now);
    EXPECT_THAT(events_in(effects), ElementsAre(Event::given_up));
    EXPECT_EQ(all_of<Solutions::Publish>(effects).front().event.node, "a");
    EXPECT_EQ(state_of(block).kind, Kind::accepted);
    EXPECT_THAT(solutions.on_retry(block.hash, node_a, now), IsEmpty());
}

TEST_F(SolutionsTest, FollowsItThroughTheChainAndBack) {
    submit(block);
    (void)answer(block, node_a, Answer::accepted);
    const auto in = [](std::uint32_t confirmations) {
        return BlockStanding{.kind = Standing::in_chain, .confirmations = confirmations};
    };
    const BlockStanding out{.kind = Standing::not_in_chain};
    EXPECT_THAT(stands(block, {}, 1), IsEmpty());
    EXPECT_THAT(events_in(stands(block, in(1), 1)), ElementsAre(Event::in_chain));
    EXPECT_THAT(stands(block, in(2), 2), IsEmpty());
    EXPECT_THAT(stands(block, out, 1), IsEmpty()) << "a race";
    EXPECT_THAT(events_in(stands(block, out, 2)), ElementsAre(Event::orphaned));
    EXPECT_THAT(events_in(stands(block, in(3), 3)), ElementsAre(Event::in_chain));
    EXPECT_THAT(events_in(stands(block, in(10), 10)), ElementsAre(Event::confirmed));
    EXPECT_THAT(solutions.watched(), IsEmpty());
    EXPECT_THAT(stands(block, out, 99), IsEmpty()) << "nobody looks any more";
}

TEST_F(SolutionsTest, LooksNoLongerForOneWhoseRivalIsFinal) {
    submit(block);
    (void)answer(block, node_a, Answer::accepted);
    (void)answer(block, node_b, Answer::accepted);
    (void)stands(block, {.kind = Standing::not_in_chain}, 9);
    EXPECT_EQ(solutions.watched().size(), 1U);
    EXPECT_THAT(events_in(stands(block, {.kind = Standing::not_in_chain}, 10)), IsEmpty());
    EXPECT_THAT(solutions.watched(), IsEmpty());
    EXPECT_EQ(state_of(block).chain, Chain::orphaned);
}

TEST_F(SolutionsTest, LooksNotForEverWhereNoNodeCanTell) {
    submit(block);
    (void)answer(block, node_a, Answer::accepted);
    (void)solutions.on_tip(block.height + 20, now);
    EXPECT_THAT(solutions.watched(), IsEmpty());
}

TEST_F(SolutionsTest, BelievesTheChainThatABlockWasTaken) {
    submit(block);
    (void)answer(block, node_a, Answer::unreachable);
    EXPECT_THAT(events_in(stands(block, {.kind = Standing::in_chain, .confirmations = 1}, 1)),
                ElementsAre(Event::in_chain));
    EXPECT_EQ(state_of(block).kind, Kind::accepted) << "by way of another replica";
}

TEST_F(SolutionsTest, GoesOnAfterARestartWhereItWas) {
    submit(block);
    (void)answer(block, node_a, Answer::rejected, "high-hash");
    (void)solutions.on_published(block.hash, 1);
    const auto state = state_of(block);

    Solutions after{settings()};
    const auto effects = after.on_recovered(block, state, now);
    const auto submitted = all_of<Solutions::Submit>(effects);
    ASSERT_EQ(submitted.size(), 1U);
    EXPECT_EQ(submitted[0].node, node_b);
    EXPECT_THAT(events_in(effects),
                ElementsAre(Event::submitted, Event::submitted, Event::rejected));
    for (const auto& publish : all_of<Solutions::Publish>(effects)) EXPECT_FALSE(publish.is_new);
}

TEST_F(SolutionsTest, SubmitsAfterARestartWhatHasNoState) {
    const auto effects = solutions.on_recovered(block, {}, now);
    EXPECT_EQ(all_of<Solutions::Submit>(effects).size(), 2U);
    EXPECT_THAT(events_in(effects), ElementsAre(Event::found, Event::submitted, Event::submitted));
}

TEST_F(SolutionsTest, DropsNodesThatAreNotConfiguredAnyMore) {
    submit(block);
    (void)answer(block, node_a, Answer::rejected, "high-hash");
    const auto state = state_of(block);
    Solutions after{{.nodes = {"a"}}};
    EXPECT_THAT(all_of<Solutions::Submit>(after.on_recovered(block, state, now)), IsEmpty());
    EXPECT_EQ(after.find(block.hash)->state.kind, Kind::rejected);
}

TEST_F(SolutionsTest, GoesToEveryNodeAgainWhenAnOperatorWantsIt) {
    submit(block);
    (void)answer(block, node_a, Answer::rejected, "bad-cb-amount");
    (void)answer(block, node_b, Answer::rejected, "bad-cb-amount");
    ASSERT_EQ(state_of(block).kind, Kind::rejected);
    ASSERT_EQ(solutions.find(block.hash)->bytes, nullptr);

    const auto again = solutions.on_resubmit(block.hash, block.bytes, now);
    const auto submitted = all_of<Solutions::Submit>(again);
    ASSERT_EQ(submitted.size(), 2U);
    EXPECT_EQ(*submitted[0].bytes, block.bytes);
    EXPECT_THAT(events_in(again), ElementsAre(Event::submitted, Event::submitted));
    EXPECT_EQ(state_of(block).kind, Kind::spooled);
    EXPECT_EQ(solutions.undelivered().blocks, 1U);
    // Asked twice it is asked once.
    EXPECT_THAT(all_of<Solutions::Submit>(solutions.on_resubmit(block.hash, block.bytes, now)),
                IsEmpty());
    EXPECT_THAT(events_in(answer(block, node_a, Answer::accepted)), ElementsAre(Event::accepted));
    EXPECT_THAT(events_in(answer(block, node_b, Answer::rejected, "no")),
                ElementsAre(Event::rejected));
    EXPECT_EQ(state_of(block).kind, Kind::accepted);
    EXPECT_EQ(solutions.find(block.hash)->bytes, nullptr);
}

TEST_F(SolutionsTest, StaysAcceptedWhileItIsSubmittedAgain) {
    submit(block);
    (void)answer(block, node_a, Answer::accepted);
    (void)answer(block, node_b, Answer::accepted);
    EXPECT_EQ(all_of<Solutions::Submit>(solutions.on_resubmit(block.hash, block.bytes, now)).size(),
              2U);
    EXPECT_EQ(state_of(block).kind, Kind::accepted);
    EXPECT_EQ(solutions.undelivered().blocks, 0U);
    EXPECT_THAT(solutions.on_resubmit(block_named(2).hash, {}, now), IsEmpty());
}

TEST_F(SolutionsTest, ForgetsTheOldestSettledAndNeitherWhatIsOpenNorWhatRedisDoesNotHave) {
    for (std::uint8_t name = 1; name <= 5; ++name) {
        submit(block_named(name));
        if (name == 1) continue;  // stays with the nodes
        (void)answer(block_named(name), node_a, Answer::rejected);
        EXPECT_THAT(all_of<Solutions::Forget>(answer(block_named(name), node_b, Answer::rejected)),
                    IsEmpty())
            << "Redis has not heard";
    }
    Solutions::Effects effects;
    for (std::uint64_t number = 1; number <= 6; ++number)
        effects = solutions.on_published(block_named(2).hash, number);
    const auto forgotten = all_of<Solutions::Forget>(effects);
    ASSERT_EQ(forgotten.size(), 1U);
    EXPECT_EQ(forgotten[0].hash, block_named(2).hash);
    EXPECT_NE(solutions.find(block_named(1).hash), nullptr);
}

TEST_F(SolutionsTest, KeepsNoEndlessHistoryForARedisThatIsAway) {
    submit(block);
    (void)answer(block, node_a, Answer::accepted);
    for (std::uint32_t i = 0; i < 300; ++i) {
        (void)stands(block, {.kind = Standing::in_chain, .confirmations = 2}, 2);
        (void)stands(block, {.kind = Standing::not_in_chain}, 2);
    }
    const auto& unpublished = state_of(block).unpublished;
    EXPECT_EQ(unpublished.size(), Solutions::unpublished_max);
    EXPECT_EQ(unpublished.front().kind, Event::found);
    EXPECT_EQ(unpublished.back().number, state_of(block).events);
}

}  // namespace
}  // namespace templates
