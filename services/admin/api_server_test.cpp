#include "admin/api_server.h"

#include <gmock/gmock.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/create_channel.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <thread>

#include "base/clock.h"
#include "base/random.h"

namespace admin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Redis is away.
class NoRedis final : public redis::Client {
  public:
    void command(redis::Args, redis::Callback done) override {
        done(base::unexpected(redis::Error{}));
    }
    void command_then_wait(redis::Args, std::uint32_t, std::chrono::milliseconds,
                           redis::ReplicatedCallback done) override {
        done(base::unexpected(redis::Error{}));
    }
    void reconnect() override {}
    bool is_connected() const override { return false; }
};

/// The server on a loop of its own, and clients of the other side.
class ApiServerTest : public ::testing::Test {
  protected:
    ApiServerTest() {
        for (const char* name : {"b", "a", "c"}) {
            proto::Gateway gateway;
            gateway.set_name(std::string{"gateways/"} + name);
            view_.gateways.upsert(gateway);
        }
        for (const char* name : {"a/connections/1", "a/connections/2", "b/connections/1"}) {
            proto::Connection connection;
            connection.set_name(std::string{"gateways/"} + name);
            view_.connections.upsert(connection);
        }
        api_.emplace(ApiConfig{.listen = {"127.0.0.1", 0}}, loop_, clock_, random_, metrics_,
                     ApiServer::Sources{.view = view_, .redis = redis_, .processes = processes_});
        api_->start();
        thread_ = std::thread{[this] {
            const auto work = boost::asio::make_work_guard(loop_);
            loop_.run();
        }};
        channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(api_->port()),
                                       grpc::InsecureChannelCredentials());
    }
    ~ApiServerTest() override { stop(); }

    void stop() {
        if (!thread_.joinable()) return;
        boost::asio::post(loop_, [this] { api_->leave(); });
        boost::asio::post(loop_, [this] { loop_.stop(); });
        thread_.join();
        api_.reset();
    }

    /// On the loop, whose the view is.
    void change(const std::function<void(View&)>& what) {
        boost::asio::post(loop_, [this, what] { what(view_); });
    }

    View view_{};
    NoRedis redis_{};
    Processes processes_{.channel_of = [](auto) { return nullptr; },
                         .want_connections = [](const auto& done) { done(); }};
    boost::asio::io_context loop_{1};
    base::SystemClock clock_;
    base::SeededRandom random_{1};
    service::Registry metrics_{"admin", "0"};
    std::optional<ApiServer> api_{};
    std::thread thread_{};
    std::shared_ptr<grpc::Channel> channel_{};
};

std::string reason_of(const grpc::Status& status) {
    google::rpc::Status details;
    google::rpc::ErrorInfo info;
    if (!details.ParseFromString(status.error_details()) || details.details_size() == 0 ||
        !details.details(0).UnpackTo(&info))
        return "no ErrorInfo";
    return info.reason();
}

TEST_F(ApiServerTest, GetsListsAndRefuses) {
    const auto stub = proto::GatewayService::NewStub(channel_);
    {
        grpc::ClientContext context;
        proto::GetGatewayRequest request;
        proto::GetGatewayResponse response;
        request.set_name("gateways/a");
        ASSERT_TRUE(stub->GetGateway(&context, request, &response).ok());
        EXPECT_EQ(response.gateway().name(), "gateways/a");
    }
    const std::pair<const char*, std::pair<grpc::StatusCode, const char*>> refusals[] = {
        {"gateways/z", {grpc::NOT_FOUND, "NOT_FOUND"}},
        {"gateways/", {grpc::INVALID_ARGUMENT, "INVALID_NAME"}},
        {"", {grpc::INVALID_ARGUMENT, "INVALID_NAME"}},
        {"channels/0123456789abcdef", {grpc::INVALID_ARGUMENT, "INVALID_NAME"}}};
    for (const auto& [name, expected] : refusals) {
        SCOPED_TRACE(name);
        grpc::ClientContext context;
        proto::GetGatewayRequest request;
        proto::GetGatewayResponse response;
        request.set_name(name);
        const auto status = stub->GetGateway(&context, request, &response);
        EXPECT_EQ(status.error_code(), expected.first);
        EXPECT_EQ(reason_of(status), expected.second);
    }
}

TEST_F(ApiServerTest, GoesThroughPages) {
    const auto stub = proto::GatewayService::NewStub(channel_);
    std::vector<std::string> names;
    proto::ListGatewaysRequest request;
    request.set_page_size(2);
    request.set_order_by("name desc");
    do {
        grpc::ClientContext context;
        proto::ListGatewaysResponse response;
        ASSERT_TRUE(stub->ListGateways(&context, request, &response).ok());
        ASSERT_LE(response.gateways_size(), 2);
        for (const auto& gateway : response.gateways()) names.push_back(gateway.name());
        request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    EXPECT_THAT(names, ElementsAre("gateways/c", "gateways/b", "gateways/a"));
}

TEST_F(ApiServerTest, ListsWhatIsUnderAParent) {
    const auto stub = proto::GatewayService::NewStub(channel_);
    const std::pair<const char*, int> parents[] = {
        {"gateways/a", 2}, {"gateways/-", 3}, {"", 3}, {"gateways/nobody", 0}};
    for (const auto& [parent, count] : parents) {
        grpc::ClientContext context;
        proto::ListConnectionsRequest request;
        proto::ListConnectionsResponse response;
        request.set_parent(parent);
        ASSERT_TRUE(stub->ListConnections(&context, request, &response).ok());
        EXPECT_EQ(response.connections_size(), count) << parent;
    }
}

TEST_F(ApiServerTest, RefusesQueriesThatItCannotRead) {
    const auto stub = proto::GatewayService::NewStub(channel_);
    const auto list = [&](auto set) {
        grpc::ClientContext context;
        proto::ListGatewaysRequest request;
        proto::ListGatewaysResponse response;
        set(request);
        const auto status = stub->ListGateways(&context, request, &response);
        return status.ok() ? "taken" : reason_of(status);
    };
    EXPECT_EQ(list([](auto& r) { r.set_page_size(-1); }), "INVALID_PAGE_SIZE");
    EXPECT_EQ(list([](auto& r) { r.set_page_size(2'000'000'000); }), "taken");
    EXPECT_EQ(list([](auto& r) { r.set_filter("no_such_field = 1"); }), "INVALID_FILTER");
    EXPECT_EQ(list([](auto& r) { r.set_filter(std::string(100'000, '(')); }), "INVALID_FILTER");
    EXPECT_EQ(list([](auto& r) { r.set_order_by("no_such_field"); }), "INVALID_ORDER");
    base::SeededRandom random{3};
    for (int i = 0; i < 300; ++i) {
        std::string noise(1 + random.next_u64() % 60, '\0');
        for (auto& c : noise) c = static_cast<char>(random.next_u64() % 128);
        EXPECT_EQ(list([&](auto& r) { r.set_page_token(noise); }), "INVALID_PAGE_TOKEN");
    }
}

TEST_F(ApiServerTest, WatchesAndResumes) {
    const auto stub = proto::GatewayService::NewStub(channel_);
    std::string token;
    {
        grpc::ClientContext context;
        const auto reader = stub->WatchGateways(&context, {});
        proto::WatchGatewaysResponse response;
        ASSERT_TRUE(reader->Read(&response));
        EXPECT_EQ(response.upserted_size(), 3);
        EXPECT_TRUE(response.synced());
        change([](View& view) { view.gateways.erase("gateways/b"); });
        ASSERT_TRUE(reader->Read(&response));
        EXPECT_THAT(response.removed(), ElementsAre("gateways/b"));
        EXPECT_EQ(response.upserted_size(), 0);
        token = response.resume_token();
        context.TryCancel();
        reader->Finish();
    }
    change([](View& view) { view.gateways.erase("gateways/c"); });
    proto::WatchGatewaysRequest request;
    request.set_resume_token(token);
    grpc::ClientContext context;
    const auto reader = stub->WatchGateways(&context, request);
    proto::WatchGatewaysResponse response;
    ASSERT_TRUE(reader->Read(&response));
    EXPECT_THAT(response.removed(), ElementsAre("gateways/c"));
    EXPECT_EQ(response.upserted_size(), 0);
    context.TryCancel();
    reader->Finish();
}

TEST_F(ApiServerTest, RefusesTokensThatItCannotResumeFrom) {
    const auto stub = proto::GatewayService::NewStub(channel_);
    const auto watch = [&](const std::string& token, const std::string& filter) {
        grpc::ClientContext context;
        proto::WatchGatewaysRequest request;
        request.set_resume_token(token);
        request.set_filter(filter);
        const auto reader = stub->WatchGateways(&context, request);
        proto::WatchGatewaysResponse response;
        const bool was_read = reader->Read(&response);
        if (was_read) context.TryCancel();
        const auto status = reader->Finish();
        return std::pair{was_read ? response.resume_token() : reason_of(status),
                         status.error_code()};
    };
    const auto token = watch("", "").first;
    EXPECT_EQ(watch("", "no_such_field = 1").first, "INVALID_FILTER");
    EXPECT_EQ(watch(token, "connections > 5").first, "RESUME_TOKEN_INVALID");
    EXPECT_EQ(watch("garbage", "").first, "RESUME_TOKEN_INVALID");
    EXPECT_EQ(watch(std::string(100'000, '0'), "").first, "RESUME_TOKEN_INVALID");
    auto of_another_process = token;
    of_another_process[17] = of_another_process[17] == '0' ? '1' : '0';
    const auto refused = watch(of_another_process, "");
    EXPECT_EQ(refused.first, "RESUME_TOKEN_TOO_OLD");
    EXPECT_EQ(refused.second, grpc::OUT_OF_RANGE);
    EXPECT_EQ(watch(token + "0000", "").first, "RESUME_TOKEN_TOO_OLD") << "from the future";
}

TEST_F(ApiServerTest, DoesNothingWithoutTheAuditLog) {
    const auto stub = proto::PolicyService::NewStub(channel_);
    const auto create = [&](const std::string& address, const std::string& id) {
        grpc::ClientContext context;
        proto::CreateBanRequest request;
        proto::CreateBanResponse response;
        request.mutable_ban()->set_address(address);
        request.set_request_id(id);
        return reason_of(stub->CreateBan(&context, request, &response));
    };
    constexpr const char* id = "0b8f2c1e-6f0b-4a5e-9d0f-6c2f7f1f6a10";
    EXPECT_EQ(create("10.0.0.1", id), "AUDIT_UNAVAILABLE");
    EXPECT_EQ(create("10.0.0.1", ""), "INVALID_REQUEST_ID");
    EXPECT_EQ(create("nonsense", id), "INVALID_FIELD");
}

TEST_F(ApiServerTest, EndsWatchersWhenItStops) {
    const auto stub = proto::PoolService::NewStub(channel_);
    grpc::ClientContext context;
    const auto reader = stub->WatchPool(&context, {});
    proto::WatchPoolResponse response;
    ASSERT_TRUE(reader->Read(&response));
    ASSERT_TRUE(reader->Read(&response)) << "once a second";
    stop();
    while (reader->Read(&response)) {
    }
    const auto status = reader->Finish();
    EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE);
    EXPECT_EQ(reason_of(status), "STOPPING");
}

}  // namespace
}  // namespace admin
