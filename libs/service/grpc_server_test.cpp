#include "service/grpc_server.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

namespace service {
namespace {

const Endpoint any_port{"127.0.0.1", 0};

/// Asks grpc.health.v1.Health/Check for one service; the request is written by hand (field 1 is
/// the name), and so the answer is the status number: 1 serving, 2 not serving, -1 unknown name.
int check(const GrpcServer& server, const std::string& name) {
    auto channel = grpc::CreateChannel(to_string({"127.0.0.1", server.port()}),
                                       grpc::InsecureChannelCredentials());
    grpc::GenericStub stub{channel};
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    const auto bytes = std::string{'\x0a', static_cast<char>(name.size())} + name;
    const grpc::Slice slice{bytes};
    const grpc::ByteBuffer request{&slice, 1};
    auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
    call->StartCall();
    grpc::ByteBuffer answer;
    grpc::Status status;
    call->Finish(&answer, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    if (!status.ok()) return -1;
    grpc::Slice out;
    EXPECT_TRUE(answer.DumpToSingleSlice(&out).ok());
    return out.size() == 2 ? static_cast<int>(out.begin()[1]) : 0;
}

TEST(GrpcServer, AnswersHealthForReadinessAndLiveness) {
    GrpcServer server{any_port, "listen.grpc", {}};
    EXPECT_EQ(check(server, "readiness"), 2);
    EXPECT_EQ(check(server, "liveness"), 1);
    server.set_ready(true);
    server.set_live(false);
    EXPECT_EQ(check(server, ""), 1);
    EXPECT_EQ(check(server, "readiness"), 1);
    EXPECT_EQ(check(server, "liveness"), 2);
    EXPECT_EQ(check(server, "nothing"), -1);
    server.stop(std::chrono::milliseconds{0});
}

TEST(GrpcServer, CancelsACallThatOutlivesTheGrace) {
    GrpcServer server{any_port, "listen.grpc", {}};
    auto channel = grpc::CreateChannel(to_string({"127.0.0.1", server.port()}),
                                       grpc::InsecureChannelCredentials());
    grpc::GenericStub stub{channel};
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    const auto wait_for_next = [&] {
        void* tag = nullptr;
        bool ok = false;
        queue.Next(&tag, &ok);
        return ok;
    };
    auto call = stub.PrepareCall(&context, "/grpc.health.v1.Health/Watch", &queue);
    call->StartCall(nullptr);
    ASSERT_TRUE(wait_for_next());
    const grpc::ByteBuffer everything{nullptr, 0};
    call->WriteLast(everything, {}, nullptr);
    ASSERT_TRUE(wait_for_next());
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    ASSERT_TRUE(wait_for_next()) << "the watch is not open";

    server.stop(std::chrono::milliseconds{5});
    grpc::Status status;
    call->Finish(&status, nullptr);
    wait_for_next();
    EXPECT_FALSE(status.ok());
}

TEST(GrpcServer, SaysThatItsPortIsTaken) {
    GrpcServer first{any_port, "listen.grpc", {}};
    const auto taken = Endpoint{"127.0.0.1", first.port()};
    EXPECT_THAT([&] { GrpcServer(taken, "listen.grpc", {}); },
                testing::ThrowsMessage<std::runtime_error>("address in use: " + to_string(taken) +
                                                           " (listen.grpc); choose another port "
                                                           "or stop the process that holds it"));
}

TEST(GrpcServer, SaysThatItsAddressIsNotOurs) {
    EXPECT_THAT(
        [&] {
            GrpcServer(Endpoint{"192.0.2.1", 0}, "listen.grpc", {});
        },
        testing::ThrowsMessage<std::runtime_error>(
            "not an address of this machine: 192.0.2.1:0 (listen.grpc)"));
}

}  // namespace
}  // namespace service
