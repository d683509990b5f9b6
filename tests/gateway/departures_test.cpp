#include "gateway/departures.h"

#include <gmock/gmock.h>

#include "front_testing.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// Connections that are ended while a share of theirs is at a worker.
class DeparturesTest : public FrontTest {
  protected:
    void SetUp() override {
        open();
        departures = std::make_unique<Departures>(*front, clock, random);
        miner = connect_and_set_up();
        open_channel(*miner);
        ASSERT_TRUE(run_until(loop, [&] { return miner->heard().size() >= 3; })) << "its first job";
        submit(1);
        ASSERT_TRUE(run_until(loop, [&] { return sink.shares == 1; }));
    }
    void submit(std::uint32_t sequence) {
        miner->say(sv2::SubmitSharesStandard{.channel_id = {1},
                                             .sequence_number = sequence,
                                             .job_id = {1},
                                             .ntime = work.current()->tip.min_ntime,
                                             .version = work.current()->version});
    }
    void leave_now() {
        std::vector<ConnectionId> all;
        front->for_each([&](Connection& connection) { all.push_back(connection.id()); });
        EXPECT_EQ(departures->add(all, settings), 1U);
        turn();
    }
    /// What the gateway does ten times a second.
    void turn() {
        departures->on_tick(clock.steady_now());
        departures->end_answered();
        loop.run_for(20ms);
    }
    void answer(std::uint32_t sequence) {
        front->for_each([&](Connection& connection) {
            connection.act([&](Session& session, Effects& effects) {
                session.on_verdict(sink.opens.back().key, sequence, {}, effects);
            });
        });
    }

    edge::DrainSettings settings{.spread = 0ms, .sends_reconnect = false};
    std::unique_ptr<Departures> departures;
    std::unique_ptr<TestMiner> miner;
};

TEST_F(DeparturesTest, TheAnswerToWhatIsInFlightComesBeforeTheEnd) {
    leave_now();
    submit(2);  // nobody reads it any more
    clock.advance(settings.answers_max() - 1ms);
    turn();
    EXPECT_TRUE(miner->receive()) << "its share is at a worker";
    EXPECT_EQ(sink.shares, 1U);
    answer(1);
    turn();
    EXPECT_THAT(miner->heard(), ElementsAre(sv2::SubmitSharesSuccess::info.message_type));
    EXPECT_FALSE(miner->receive());
    EXPECT_EQ(closed("drained"), 1U);
    EXPECT_FALSE(front->is_empty()) << "until the miner has ended, too";
    miner.reset();
    EXPECT_TRUE(run_until(loop, [&] { return front->is_empty(); }));
    EXPECT_TRUE(departures->is_over());
}

TEST_F(DeparturesTest, AnAnswerThatDoesNotComeIsNotWaitedForForever) {
    leave_now();
    clock.advance(settings.answers_max());
    turn();
    EXPECT_FALSE(miner->receive());
    EXPECT_TRUE(miner->heard().empty());
    EXPECT_EQ(closed("drained"), 1U);
    EXPECT_TRUE(departures->is_over());
}

TEST_F(DeparturesTest, WhoIsLetStayStaysUnlessItIsNotReadAnyMore) {
    settings.spread = settings.spread_a_connection = 1h;
    std::vector<ConnectionId> all;
    front->for_each([&](Connection& connection) { all.push_back(connection.id()); });
    departures->add(all, settings);
    departures->cancel();
    clock.advance(2h);
    departures->on_tick(clock.steady_now());
    EXPECT_EQ(departures->size(), 0U);
    EXPECT_TRUE(departures->is_over());

    settings.spread = 0ms;
    leave_now();
    departures->cancel();
    EXPECT_EQ(departures->size(), 1U);
    EXPECT_FALSE(departures->is_over());
}

}  // namespace
}  // namespace gateway
