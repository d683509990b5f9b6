#include "admin/process_rules.h"

#include "admin/fleet_rules.h"
#include "admin/problem_testing.h"

namespace admin {
namespace {

namespace control = adit::control::v1;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// One process, and the rules over it.
class ProcessRules : public testing::Test {
  protected:
    ProcessRules() { become("gateway"); }

    void become(const std::string& kind) {
        state_ = std::make_unique<ProcessState>(kind, "10.0.0.1:24270", now());
        status_.Clear();
        status_.set_service(kind);
        status_.set_instance(kind + "-1");
        status_.set_started_at_us((now().unix - 1h).time_since_epoch().count());
        details_.Clear();
        details_.set_is_ready(true);
        answer();
    }
    void answer() {
        state_->on_status(status_, now());
        state_->on_details(details_, now());
    }
    Findings judge() {
        row_ = state_->row();
        row_.set_name("services/" + state_->name());
        Findings findings;
        rules_.judge({{&row_, state_.get(), has_gateway_ ? &gateway_ : nullptr}}, {}, now(),
                     findings);
        return findings;
    }
    Moment now() const { return {clock_.steady_now(), clock_.unix_now()}; }

    base::ManualClock clock_{};
    std::unique_ptr<ProcessState> state_{};
    control::GetStatusResponse status_{};
    control::GetDetailsResponse details_{};
    control::GetGatewayResponse gateway_{};
    bool has_gateway_ = false;
    proto::Service row_{};
    FleetRules rules_{};
};

TEST_F(ProcessRules, FindNothingWrongWithAProcessThatIsReady) {
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
}

TEST_F(ProcessRules, NameAFrozenProcessWithinFourSeconds) {
    // It answered, and froze at once; it is asked each second and has 0.8 s for the answer.
    for (const auto later : {1'800ms, 1'000ms}) {
        clock_.advance(later);
        state_->on_no_status(Unanswered::in_time, "it is there and says nothing");
        EXPECT_THAT(kinds_of(judge()), IsEmpty());
    }
    clock_.advance(500ms);
    const auto found = judge();
    ASSERT_THAT(kinds_of(found), ElementsAre("not-answering"));
    EXPECT_EQ(found[0].id, "gateway-1:not-answering");
    EXPECT_THAT(found[0].text, AllOf(HasSubstr("services/gateway-1 at 10.0.0.1:24270"),
                                     HasSubstr("22:13:20 UTC")));
    answer();
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
}

TEST_F(ProcessRules, GiveARestartTenSeconds) {
    clock_.advance(9'900ms);
    state_->on_no_status(Unanswered::at_all, "connection refused");
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
    clock_.advance(100ms);
    EXPECT_THAT(kinds_of(judge()), ElementsAre("not-answering"));
}

TEST_F(ProcessRules, AreNotAlarmedByOneThatStopsAsItWasAsked) {
    details_.set_is_ready(false);
    details_.set_not_ready_reason("process: stopping");
    answer();
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
    state_->on_no_status(Unanswered::at_all, "connection refused");
    clock_.advance(20s);
    EXPECT_THAT(kinds_of(judge()), ElementsAre("replica-missing"))
        << "which the book shows after half a minute";
}

TEST_F(ProcessRules, GiveAPoolThatStartsHalfAMinute) {
    state_ = std::make_unique<ProcessState>("gateway", "10.0.0.1:24270", now());
    state_->on_no_status(Unanswered::at_all, "connection refused");
    clock_.advance(29s);
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
    clock_.advance(1s);
    EXPECT_THAT(kinds_of(judge()), ElementsAre("not-answering"));
}

TEST_F(ProcessRules, NameAWedgedLoop) {
    status_.set_last_turn_us(3'000'000);
    answer();
    const auto found = judge();
    ASSERT_THAT(kinds_of(found), ElementsAre("wedged"));
    EXPECT_EQ(found[0].since, clock_.unix_now() - 3s);
}

TEST_F(ProcessRules, NameAStalledStageAndItsOldestEntry) {
    auto& stage = *status_.add_stages();
    stage.set_name("unacknowledged_shares");
    stage.set_is_stalled(true);
    stage.set_oldest_us(6'000'000);
    stage.set_wait_max_us(5'000'000);
    stage.set_oldest_entry("batch 3 of partition 1");
    answer();
    const auto found = judge();
    ASSERT_THAT(kinds_of(found), ElementsAre("stage-stalled"));
    EXPECT_EQ(found[0].id, "gateway-1:stage-stalled:unacknowledged_shares");
    EXPECT_THAT(found[0].text,
                AllOf(HasSubstr("batch 3 of partition 1"), HasSubstr("22:13:14 UTC")));
}

TEST_F(ProcessRules, SayWhyAProcessIsNotReadyButNotAtItsStart) {
    details_.set_is_ready(false);
    details_.set_not_ready_reason("templates: none yet");
    answer();
    auto found = judge();
    ASSERT_THAT(kinds_of(found), ElementsAre("not-ready"));
    EXPECT_EQ(found[0].raise_after, 10s);
    EXPECT_THAT(found[0].text, HasSubstr("templates: none yet"));
    status_.set_started_at_us((now().unix - 5s).time_since_epoch().count());
    answer();
    EXPECT_EQ(judge()[0].raise_after, 30s);
}

TEST_F(ProcessRules, PassOnWhatAProcessSaysItself) {
    auto& said = *details_.add_problems();
    said.set_id("slow-reader:17");
    said.set_severity(control::Problem::SEVERITY_WARNING);
    said.set_text("connection 17 of alice at 10.9.9.9:5 reads nothing");
    said.set_since_us(1'700'000'000'000'000);
    answer();
    const auto found = judge();
    ASSERT_THAT(kinds_of(found), ElementsAre("slow-reader"));
    EXPECT_EQ(found[0].id, "gateway-1:slow-reader:17");
    EXPECT_EQ(found[0].subject, "gateways/gateway-1/connections/17");
    EXPECT_EQ(found[0].since, base::UnixMicros{1'700'000'000s});
}

TEST_F(ProcessRules, GiveAProcessThatStartsTimeToReachOthers) {
    details_.add_problems()->set_id("redis-away");
    answer();
    EXPECT_EQ(judge()[0].raise_after, 0ms);
    status_.set_started_at_us((now().unix - 5s).time_since_epoch().count());
    answer();
    EXPECT_EQ(judge()[0].raise_after, 10s);
}

TEST_F(ProcessRules, ShowTwentyOfAThousandSlowReaders) {
    for (int i = 0; i < 1'000; ++i) {
        auto& said = *details_.add_problems();
        said.set_id("slow-reader:" + std::to_string(i));
        said.set_severity(control::Problem::SEVERITY_WARNING);
    }
    answer();
    const auto found = judge();
    ASSERT_EQ(found.size(), 21U);
    EXPECT_THAT(found.back().text, HasSubstr("1000 problems of this kind"));
}

TEST_F(ProcessRules, WarnOfACertificateThatEnds) {
    has_gateway_ = true;
    auto& certificate = *gateway_.mutable_certificate();
    const auto at = static_cast<std::uint32_t>(clock_.unix_now().time_since_epoch() / 1s);
    const struct {
        const char* what;
        std::uint32_t lifetime_hours, left_hours;
        std::vector<std::string> kinds;
        Severity severity = proto::Problem::SEVERITY_WARNING;
    } cases[] = {
        {"a month's, with eight days left", 720, 192, {}},
        {"with less than a week left", 720, 167, {"certificate-expiring"}},
        {"with a day left", 720, 23, {"certificate-expiring"}, proto::Problem::SEVERITY_CRITICAL},
        {"a day's, with half of it left", 24, 12, {}},
        {"with an hour left", 24, 1, {"certificate-expiring"}, proto::Problem::SEVERITY_CRITICAL},
    };
    for (const auto& [what, lifetime, left, kinds, severity] : cases) {
        SCOPED_TRACE(what);
        certificate.set_not_valid_after(at + left * 3600);
        certificate.set_valid_from(at + left * 3600 - lifetime * 3600);
        const auto found = judge();
        EXPECT_EQ(kinds_of(found), kinds);
        for (const auto& finding : found) EXPECT_EQ(finding.severity, severity);
    }
}

TEST_F(ProcessRules, MissALeader) {
    become("template");
    auto& sample = *details_.add_samples();
    sample.set_name("adit_template_leader");
    sample.set_value(1);
    answer();
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
    details_.mutable_samples(0)->set_value(0);
    answer();
    const auto found = judge();
    ASSERT_THAT(kinds_of(found), ElementsAre("no-leader"));
    EXPECT_EQ(found[0].raise_after, 5s);
}

TEST_F(ProcessRules, SeeWhatTheLogHasLostWhenItGrows) {
    become("vardiff");
    auto& sample = *details_.add_samples();
    sample.set_name("adit_vardiff_log_missed_bytes_total");
    sample.set_value(100);
    answer();
    EXPECT_THAT(kinds_of(judge()), IsEmpty()) << "it may be of last year";
    details_.mutable_samples(0)->set_value(200);
    answer();
    EXPECT_THAT(kinds_of(judge()), ElementsAre("log-gap"));
    clock_.advance(11min);
    answer();
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
}

TEST_F(ProcessRules, LeaveNodesAndLeadersToThoseWhoSeeAllReplicas) {
    become("template");
    details_.add_problems()->set_id("node-refused:core-1");
    details_.add_problems()->set_id("no-leader");
    answer();
    EXPECT_THAT(kinds_of(judge()), IsEmpty());
}

TEST(FleetRulesTest, TellOfANameWithoutAnAddress) {
    FleetRules rules;
    const Moment now{base::SteadyTime{1h}, base::UnixMicros{1'700'000'000s}};
    Findings findings;
    rules.judge({}, {{"gateway", "gateways.pool:24270", now.unix - 9s}}, now, findings);
    EXPECT_THAT(kinds_of(findings), IsEmpty());
    rules.judge({}, {{"gateway", "gateways.pool:24270", now.unix - 10s}}, now, findings);
    ASSERT_THAT(kinds_of(findings), ElementsAre("not-answering"));
    EXPECT_THAT(findings[0].text, HasSubstr("gateways.pool:24270"));
}

}  // namespace
}  // namespace admin
