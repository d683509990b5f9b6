#include "admin/fleet.h"

#include <gmock/gmock.h>

#include <atomic>

#include "rpc/test_server.h"

namespace admin {
namespace {

namespace control = adit::control::v1;
using rpc::run_until;

/// Answers on gRPC's threads, as control's GetStatus does.
class FakeControl final : public control::ControlService::CallbackService {
  public:
    grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                        const control::GetStatusRequest*,
                                        control::GetStatusResponse* response) override {
        response->set_service("gateway");
        response->set_instance("gateway-1");
        response->set_last_turn_us(is_wedged ? 3'000'000 : 1'000);
        return finish(context);
    }
    grpc::ServerUnaryReactor* GetDetails(grpc::CallbackServerContext* context,
                                         const control::GetDetailsRequest* request,
                                         control::GetDetailsResponse* response) override {
        response->set_is_ready(true);
        for (const auto& metric : request->metrics()) {
            auto& sample = *response->add_samples();
            sample.set_name(metric);
            sample.set_value(1);
        }
        return finish(context);
    }
    std::atomic<bool> is_wedged{false};

  private:
    static grpc::ServerUnaryReactor* finish(grpc::CallbackServerContext* context) {
        auto* const reactor = context->DefaultReactor();
        reactor->Finish(grpc::Status::OK);
        return reactor;
    }
};

class FakeGateway final : public control::GatewayControlService::CallbackService {
  public:
    grpc::ServerUnaryReactor* GetGateway(grpc::CallbackServerContext* context,
                                         const control::GetGatewayRequest*,
                                         control::GetGatewayResponse* response) override {
        response->set_epoch(7);
        response->set_connections(2);
        response->mutable_certificate()->set_not_valid_after(1'800'000'000);
        response->mutable_certificate()->set_static_key(std::string(32, '\x01'));
        auto* const reactor = context->DefaultReactor();
        reactor->Finish(grpc::Status::OK);
        return reactor;
    }
    grpc::ServerWriteReactor<control::ListConnectionsResponse>* ListConnections(
        grpc::CallbackServerContext*, const control::ListConnectionsRequest*) override {
        class Writer final : public grpc::ServerWriteReactor<control::ListConnectionsResponse> {
          public:
            explicit Writer(std::uint64_t first) : next_(first) { write(); }
            void OnWriteDone(bool) override { write(); }
            void OnDone() override { delete this; }

          private:
            void write() {
                if (++written_ > 2) return Finish(grpc::Status::OK);
                response_.Clear();
                auto& connection = *response_.add_connections();
                connection.set_id(next_++);
                connection.set_peer_address("10.9.9.9:5");
                connection.add_channel_keys(0x0123456789abcdef);
                StartWrite(&response_);
            }
            control::ListConnectionsResponse response_{};
            std::uint64_t next_;
            int written_ = 0;
        };
        return new Writer(first);
    }
    std::atomic<std::uint64_t> first{17};
};

/// A server of both services.
class Server {
  public:
    Server(FakeControl& control, FakeGateway& gateway, int port) {
        grpc::ServerBuilder builder;
        builder.AddListeningPort("127.0.0.1:" + std::to_string(port),
                                 grpc::InsecureServerCredentials(), &port_);
        builder.RegisterService(&control);
        builder.RegisterService(&gateway);
        server_ = builder.BuildAndStart();
    }
    ~Server() { server_->Shutdown(gpr_inf_past(GPR_CLOCK_REALTIME)); }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    int port() const { return port_; }

  private:
    int port_ = 0;
    std::unique_ptr<grpc::Server> server_;
};

class FleetTest : public testing::Test {
  protected:
    FleetTest() {
        server_ = std::make_unique<Server>(control_, gateway_, 0);
        FleetConfig config;
        config.gateways = {{"127.0.0.1", static_cast<std::uint16_t>(server_->port())}};
        fleet_ = std::make_unique<Fleet>(loop_, clock_, config, view_);
        fleet_->start();
    }
    const proto::Service* row() const { return view_.services.find("services/gateway-1"); }
    bool is(proto::Service::State state) const {
        return row() != nullptr && row()->state() == state;
    }

    boost::asio::io_context loop_{};
    base::SystemClock clock_{};
    FakeControl control_{};
    FakeGateway gateway_{};
    std::unique_ptr<Server> server_{};
    View view_{};
    std::unique_ptr<Fleet> fleet_{};
};

TEST_F(FleetTest, KnowsConnectionsThatNobodyAskedFor) {
    ASSERT_TRUE(run_until(loop_, [this] { return view_.connections.size() == 2; }));
    EXPECT_NE(view_.connections.find("gateways/gateway-1/connections/17"), nullptr);
}

TEST_F(FleetTest, TellsWhatAProcessSaysOfItself) {
    ASSERT_TRUE(run_until(loop_, [this] { return is(proto::Service::STATE_READY); }));
    EXPECT_EQ(row()->samples().at("adit_gateway_connections"), 1);
    EXPECT_EQ(view_.services.size(), 1U) << "the name by its address is gone";
    ASSERT_TRUE(run_until(loop_, [this] { return view_.gateways.size() == 1; }));
    const auto* const gateway = view_.gateways.find("gateways/gateway-1");
    ASSERT_NE(gateway, nullptr);
    EXPECT_EQ(gateway->epoch(), 7U);
    EXPECT_EQ(gateway->certificate_expire_time().seconds(), 1'800'000'000);
    EXPECT_EQ(view_.pool.connections(), 2U);
    EXPECT_NE(fleet_->channel_of("gateways/gateway-1"), nullptr);
    EXPECT_NE(fleet_->channel_of("services/gateway-1"), nullptr);
    EXPECT_EQ(fleet_->channel_of("services/gateway-2"), nullptr);
}

TEST_F(FleetTest, SeesALoopThatStandsStill) {
    ASSERT_TRUE(run_until(loop_, [this] { return is(proto::Service::STATE_READY); }));
    control_.is_wedged = true;
    EXPECT_TRUE(run_until(loop_, [this] { return is(proto::Service::STATE_WEDGED); }));
    control_.is_wedged = false;
    EXPECT_TRUE(run_until(loop_, [this] { return is(proto::Service::STATE_READY); }));
}

TEST_F(FleetTest, SeesAProcessGoAndComeBack) {
    ASSERT_TRUE(run_until(loop_, [this] { return is(proto::Service::STATE_READY); }));
    const auto port = server_->port();
    server_.reset();
    EXPECT_TRUE(run_until(loop_, [this] { return is(proto::Service::STATE_NOT_ANSWERING); }));
    server_ = std::make_unique<Server>(control_, gateway_, port);
    EXPECT_TRUE(run_until(loop_, [this] { return is(proto::Service::STATE_READY); }));
}

TEST_F(FleetTest, AsksForConnectionsWhenSomebodyWantsThem) {
    ASSERT_TRUE(run_until(loop_, [this] { return is(proto::Service::STATE_READY); }));
    EXPECT_EQ(view_.connections.size(), 0U);
    int done = 0;
    fleet_->want_connections([&] { ++done; });
    fleet_->want_connections([&] { ++done; });
    ASSERT_TRUE(run_until(loop_, [&] { return done == 2; }));
    const auto* const connection = view_.connections.find("gateways/gateway-1/connections/18");
    ASSERT_NE(connection, nullptr);
    EXPECT_EQ(connection->peer_address(), "10.9.9.9:5");
    EXPECT_EQ(connection->channel_names(0), "channels/0123456789abcdef");
    gateway_.first = 18;  // 17 has left
    fleet_->want_connections([&] { ++done; });
    EXPECT_EQ(done, 3) << "fresh enough";
    EXPECT_NE(view_.connections.find("gateways/gateway-1/connections/17"), nullptr);
}

}  // namespace
}  // namespace admin
