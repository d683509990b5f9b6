// Calls one method of a process's services for operators and prints the answer, each message as a
// line of JSON:
//
//     control_client HOST:PORT adit.control.v1.ControlService/Dump ['{"request": "json"}'
//     [TIMEOUT_MS]]
//
// Exits with the status of the call (0: OK) and says why on stderr.

#include <adit/control/v1/control.pb.h>
#include <adit/control/v1/gateway.pb.h>
#include <adit/templates/v1/templates.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

namespace {

namespace protobuf = google::protobuf;

constexpr int bad_usage = 64;

const protobuf::MethodDescriptor* find_method(const std::string& name) {
    // A descriptor is there once its file is linked: these are.
    adit::control::v1::GetStatusRequest::descriptor();
    adit::control::v1::GetGatewayRequest::descriptor();
    adit::templates::v1::WatchTemplatesRequest::descriptor();
    auto dotted = name;
    if (const auto slash = dotted.find('/'); slash != std::string::npos) dotted[slash] = '.';
    return protobuf::DescriptorPool::generated_pool()->FindMethodByName(dotted);
}

grpc::ByteBuffer encode(const protobuf::Message& message) {
    grpc::ByteBuffer buffer;
    bool owns = false;
    const auto status =
        grpc::GenericSerialize<grpc::ProtoBufferWriter, protobuf::Message>(message, &buffer, &owns);
    if (!status.ok()) std::cerr << status.error_message() << "\n";
    return buffer;
}

void print(grpc::ByteBuffer& buffer, protobuf::Message& message) {
    grpc::GenericDeserialize<grpc::ProtoBufferReader, protobuf::Message>(&buffer, &message);
    protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    options.always_print_primitive_fields = true;
    std::string json;
    protobuf::util::MessageToJsonString(message, &json, options);
    std::cout << json << std::endl;
}

int call(const std::string& address, const protobuf::MethodDescriptor& method,
         const std::string& json, std::chrono::milliseconds timeout) {
    protobuf::DynamicMessageFactory factory;
    const std::unique_ptr<protobuf::Message> request{
        factory.GetPrototype(method.input_type())->New()};
    const std::unique_ptr<protobuf::Message> response{
        factory.GetPrototype(method.output_type())->New()};
    if (const auto read = protobuf::util::JsonStringToMessage(json, request.get()); !read.ok()) {
        std::cerr << read.ToString() << "\n";
        return bad_usage;
    }
    grpc::GenericStub stub{grpc::CreateChannel(address, grpc::InsecureChannelCredentials())};
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    grpc::CompletionQueue queue;
    const auto stream = stub.PrepareCall(
        &context, "/" + method.service()->full_name() + "/" + method.name(), &queue);
    void* tag = nullptr;
    bool ok = false;
    const auto wait = [&] { return queue.Next(&tag, &ok) && ok; };
    stream->StartCall(nullptr);
    if (wait()) {
        stream->WriteLast(encode(*request), grpc::WriteOptions{}, nullptr);
        wait();
        for (grpc::ByteBuffer buffer; stream->Read(&buffer, nullptr), wait();) {
            response->Clear();
            print(buffer, *response);
        }
    }
    grpc::Status status;
    stream->Finish(&status, nullptr);
    wait();
    if (!status.ok()) std::cerr << status.error_code() << ": " << status.error_message() << "\n";
    return static_cast<int>(status.error_code());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3 || argc > 5) {
        std::cerr << "usage: control_client HOST:PORT SERVICE/METHOD [JSON [TIMEOUT_MS]]\n";
        return bad_usage;
    }
    const auto* method = find_method(argv[2]);
    if (method == nullptr) {
        std::cerr << "no such method: " << argv[2] << "\n";
        return bad_usage;
    }
    return call(argv[1], *method, argc > 3 ? argv[3] : "{}",
                std::chrono::milliseconds{argc > 4 ? std::atoi(argv[4]) : 5'000});
}
