// halt_loop HOST:PORT MILLISECONDS: holds the loop of a process with `[watchdog] test_commands`.
#include <adit/control/v1/control.grpc.pb.h>
#include <grpcpp/create_channel.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
    if (argc != 3) return EXIT_FAILURE;
    namespace control = adit::control::v1;
    const auto stub = control::ControlService::NewStub(
        grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds{10});
    control::WedgeRequest request;
    request.set_milliseconds(static_cast<std::uint64_t>(std::atoll(argv[2])));
    control::WedgeResponse response;
    const auto status = stub->Wedge(&context, request, &response);
    if (!status.ok())
        static_cast<void>(std::fprintf(stderr, "halt_loop: %s\n", status.error_message().c_str()));
    return status.ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}
