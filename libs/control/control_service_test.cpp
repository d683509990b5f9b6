#include "control/control_service.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "control/wedge.h"

namespace control {
namespace {

namespace proto = adit::control::v1;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// A process with nothing but its chassis, and a client of it.
class ControlServiceTest : public testing::Test {
  protected:
    static service::ChassisConfig config() {
        service::ChassisConfig config{.grpc = {"127.0.0.1", 0}, .http = {"127.0.0.1", 0}};
        config.limits = {.turn_max = 200ms, .look_every = 20ms};
        config.name = "gateway-1";
        config.allows_test_commands = true;
        return config;
    }

    void start(const service::ChassisConfig& config) {
        chassis_.emplace("gateway", config, clock_);
        service_.emplace(*chassis_);
        stage_ = &chassis_->watchdog().add_stage("ledger", 10ms);
        std::promise<std::uint16_t> port;
        chassis_->loop().post([&] { port.set_value(chassis_->grpc_port()); });
        loop_ = std::thread{[this] { chassis_->run({&*service_}); }};
        stub_ = proto::ControlService::NewStub(
            grpc::CreateChannel("127.0.0.1:" + std::to_string(port.get_future().get()),
                                grpc::InsecureChannelCredentials()));
    }

    void TearDown() override {
        if (!loop_.joinable()) return;
        chassis_->loop().post([this] { chassis_->stop("test"); });
        loop_.join();
    }

    template <class Method, class Request, class Response>
    grpc::Status call(Method method, const Request& request, Response& response,
                      std::chrono::milliseconds timeout = 20s) {
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::time_point{
            clock_.unix_now().time_since_epoch() + std::chrono::microseconds{timeout}});
        return (stub_.get()->*method)(&context, request, &response);
    }

    proto::GetStatusResponse status() {
        proto::GetStatusResponse response;
        EXPECT_TRUE(
            call(&proto::ControlService::Stub::GetStatus, proto::GetStatusRequest{}, response)
                .ok());
        return response;
    }

    grpc::Status wedge(std::chrono::milliseconds duration) {
        proto::WedgeRequest request;
        request.set_milliseconds(static_cast<std::uint64_t>(duration.count()));
        proto::WedgeResponse response;
        return call(&proto::ControlService::Stub::Wedge, request, response);
    }

    grpc::Status details(proto::GetDetailsResponse& response, const std::string& metric = {},
                         std::chrono::milliseconds timeout = 20s) {
        proto::GetDetailsRequest request;
        if (!metric.empty()) request.add_metrics(metric);
        return call(&proto::ControlService::Stub::GetDetails, request, response, timeout);
    }

    base::SystemClock clock_;
    std::optional<service::Chassis> chassis_;
    std::optional<ControlService> service_;
    service::Stage* stage_ = nullptr;
    std::thread loop_;
    std::unique_ptr<proto::ControlService::Stub> stub_;
};

TEST_F(ControlServiceTest, TellsWhoItIsAndWhatIsWrong) {
    start(config());
    chassis_->loop().post([this] {
        chassis_->health().set_not_ready("template", "no template yet");
        chassis_->problems().raise("node-refused:a", service::Problems::Severity::critical,
                                   "a is at the wrong network");
        chassis_->metrics().counters("adit_gateway_x_total", "X.", {"kind"}).with({"k"}).add(3);
    });
    const auto is = status();
    EXPECT_EQ(is.service(), "gateway");
    EXPECT_EQ(is.instance(), "gateway-1");
    EXPECT_FALSE(is.version().empty());
    EXPECT_NEAR(static_cast<double>(is.started_at_us()),
                static_cast<double>(clock_.unix_now().time_since_epoch().count()), 60e6);
    EXPECT_FALSE(is.is_wedged());

    proto::GetDetailsResponse response;
    ASSERT_TRUE(details(response, "adit_gateway_x_total").ok());
    EXPECT_FALSE(response.is_ready());
    EXPECT_EQ(response.not_ready_reason(), "template: no template yet");
    ASSERT_EQ(response.problems_size(), 1);
    EXPECT_EQ(response.problems(0).id(), "node-refused:a");
    EXPECT_EQ(response.problems(0).severity(), proto::Problem::SEVERITY_CRITICAL);
    EXPECT_GT(response.problems(0).since_us(), 0);
    ASSERT_EQ(response.samples_size(), 1);
    EXPECT_EQ(response.samples(0).labels().at("kind"), "k");
    EXPECT_EQ(response.samples(0).value(), 3);
}

TEST_F(ControlServiceTest, SaysWhatIsStuckWhileTheLoopIsWedged) {
    start(config());
    chassis_->loop().post([this] {
        chassis_->watchdog().event("batch sent", 812);
        stage_->publish(2, clock_.steady_now(), {"partition", 3});
    });
    ASSERT_TRUE(wedge(3s).ok());
    proto::GetDetailsResponse none;
    EXPECT_EQ(details(none, "", 400ms).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);

    proto::DumpResponse dump;
    ASSERT_TRUE(call(&proto::ControlService::Stub::Dump, proto::DumpRequest{}, dump).ok());
    EXPECT_TRUE(dump.status().is_wedged());
    EXPECT_GT(dump.status().last_turn_us(), 200'000U);
    ASSERT_EQ(dump.status().stages_size(), 1);
    EXPECT_EQ(dump.status().stages(0).name(), "ledger");
    EXPECT_EQ(dump.status().stages(0).depth(), 2U);
    EXPECT_EQ(dump.status().stages(0).oldest_entry(), "partition 3");
    EXPECT_TRUE(dump.status().stages(0).is_stalled());
    ASSERT_EQ(dump.events_size(), 2);
    EXPECT_EQ(dump.events(0).what(), "batch sent");
    EXPECT_EQ(dump.events(0).id(), 812U);
    EXPECT_GT(dump.events(0).ago_us(), 0U);

    // Once it turns again it answers, and says so when it next stamps its turn.
    ASSERT_TRUE(details(none).ok());
    const auto end = clock_.steady_now() + 20s;
    while (status().is_wedged() && clock_.steady_now() < end) {
    }
    const auto is = status();
    EXPECT_FALSE(is.is_wedged());
    EXPECT_GE(is.stalls(), 1U);
}

TEST_F(ControlServiceTest, HoldsTheLoopOnlyWhereAndAsLongAsItMay) {
    auto forbidding = config();
    forbidding.allows_test_commands = false;
    start(forbidding);
    const auto refused = wedge(10ms);
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_THAT(refused.error_message(), HasSubstr("test_commands"));
}

TEST_F(ControlServiceTest, HoldsTheLoopNoLongerThanAMinute) {
    start(config());
    EXPECT_EQ(wedge(0ms).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(wedge(wedge_max + 1ms).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ControlServiceTest, RefusesACallOfTheLoopThatCouldWaitForEver) {
    start(config());
    grpc::ClientContext context;
    proto::GetDetailsResponse response;
    EXPECT_EQ(stub_->GetDetails(&context, {}, &response).error_code(),
              grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace control
