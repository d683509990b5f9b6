#include "admin/process_state.h"

#include <gmock/gmock.h>

namespace admin {
namespace {

namespace control = adit::control::v1;
using namespace std::chrono_literals;
using Service = adit::admin::v1::Service;

class ProcessStateTest : public testing::Test {
  protected:
    static control::GetStatusResponse status(std::chrono::microseconds since_turn = 50ms) {
        control::GetStatusResponse status;
        status.set_service("gateway");
        status.set_instance("gateway-1");
        status.set_version("1.0");
        status.set_started_at_us(1'700'000'000'000'000);
        status.set_last_turn_us(static_cast<std::uint64_t>(since_turn.count()));
        return status;
    }
    static control::GetDetailsResponse details(bool is_ready, const std::string& why = {}) {
        control::GetDetailsResponse details;
        details.set_is_ready(is_ready);
        details.set_not_ready_reason(why);
        return details;
    }

    Moment now_{base::SteadyTime{1h}, base::UnixMicros{1'700'000'100s}};
    ProcessState state_{"gateway", "10.0.0.1:24270", now_};
};

TEST_F(ProcessStateTest, IsCalledByItsAddressUntilItHasAnswered) {
    EXPECT_EQ(state_.name(), "gateway-10.0.0.1:24270");
    EXPECT_EQ(state_.state(), Service::STATE_UNSPECIFIED);
    state_.on_status(status(), now_);
    EXPECT_EQ(state_.name(), "gateway-1");
}

TEST_F(ProcessStateTest, PutsTheKindBeforeANameWithoutOne) {
    auto said = status();
    said.set_instance("host/7:24270");
    state_.on_status(said, now_);
    EXPECT_EQ(state_.name(), "gateway-host%2F7:24270");
}

TEST_F(ProcessStateTest, IsReadyWhenItSaysSo) {
    state_.on_status(status(), now_);
    state_.on_details(details(true), now_);
    EXPECT_EQ(state_.state(), Service::STATE_READY);
    state_.on_details(details(false, "pool: Redis is away"), now_);
    EXPECT_EQ(state_.state(), Service::STATE_NOT_READY);
    EXPECT_EQ(state_.row().reason(), "pool: Redis is away");
}

TEST_F(ProcessStateTest, IsWedgedWhenItsLoopDoesNotTurn) {
    state_.on_details(details(true), now_);
    state_.on_status(status(1'999ms), now_);
    EXPECT_EQ(state_.state(), Service::STATE_READY);
    state_.on_status(status(2'000ms), now_);
    EXPECT_EQ(state_.state(), Service::STATE_WEDGED);
    state_.on_status(status(), now_);
    EXPECT_EQ(state_.state(), Service::STATE_READY);
}

TEST_F(ProcessStateTest, IsWedgedWhenTheDetailsDoNotComeThreeTimes) {
    state_.on_details(details(true), now_);
    for (int i = 0; i < 3; ++i) {
        EXPECT_NE(state_.state(), Service::STATE_WEDGED);
        state_.on_status(status(), now_);
        state_.on_no_details(Unanswered::in_time);
    }
    EXPECT_EQ(state_.state(), Service::STATE_WEDGED);
}

TEST_F(ProcessStateTest, DoesNotAnswerWhenItDidNotTwice) {
    state_.on_status(status(), now_);
    state_.on_details(details(true), now_);
    state_.on_no_status(Unanswered::in_time, "it says nothing");
    EXPECT_EQ(state_.state(), Service::STATE_READY) << "a busy machine may be late once";
    state_.on_no_status(Unanswered::in_time, "it says nothing");
    EXPECT_EQ(state_.state(), Service::STATE_NOT_ANSWERING);
    EXPECT_EQ(state_.row().reason(), "no answer since 22:15:00 UTC: it says nothing");
    EXPECT_EQ(state_.silent_since().unix, now_.unix);
    state_.on_status(status(), now_);
    EXPECT_EQ(state_.state(), Service::STATE_READY);
}

TEST_F(ProcessStateTest, IsNotThereWhenNobodyTakesTheConnection) {
    state_.on_status(status(), now_);
    state_.on_details(details(true), now_);
    state_.on_no_status(Unanswered::at_all, "connection refused");
    EXPECT_EQ(state_.state(), Service::STATE_NOT_ANSWERING);
}

TEST_F(ProcessStateTest, IsGoneWhenItSaidThatItStops) {
    state_.on_status(status(), now_);
    state_.on_details(details(false, "process: stopping"), now_);
    EXPECT_EQ(state_.state(), Service::STATE_NOT_READY);
    state_.on_no_status(Unanswered::at_all, "connection refused");
    EXPECT_EQ(state_.state(), Service::STATE_GONE);
    auto next = status();
    next.set_started_at_us(1'700'000'200'000'000);
    state_.on_status(next, now_);
    EXPECT_EQ(state_.state(), Service::STATE_UNSPECIFIED) << "the next one has said nothing yet";
}

TEST_F(ProcessStateTest, ShowsStagesAndSamples) {
    auto said = status();
    auto& stage = *said.add_stages();
    stage.set_name("unacknowledged_shares");
    stage.set_depth(7);
    stage.set_oldest_us(1'500'000);
    stage.set_is_stalled(true);
    stage.set_oldest_entry("batch 3 of partition 1");
    state_.on_status(said, now_);
    auto known = details(true);
    auto& sample = *known.add_samples();
    sample.set_name("adit_gateway_shares_total");
    (*sample.mutable_labels())["result"] = "accepted";
    sample.set_value(12);
    state_.on_details(known, now_);
    const auto row = state_.row();
    ASSERT_EQ(row.stages_size(), 1);
    EXPECT_EQ(row.stages(0).oldest_seconds(), 1.5);
    EXPECT_EQ(row.stages(0).oldest_entry(), "batch 3 of partition 1");
    EXPECT_EQ(row.samples().at("adit_gateway_shares_total{result=\"accepted\"}"), 12);
}

}  // namespace
}  // namespace admin
