#include "aditctl/status_text.h"

#include <gmock/gmock.h>
#include <google/protobuf/any.pb.h>
#include <google/protobuf/unknown_field_set.h>

namespace aditctl {
namespace {

using google::protobuf::UnknownFieldSet;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string bytes_of(const UnknownFieldSet& fields) {
    std::string bytes;
    fields.SerializeToString(&bytes);
    return bytes;
}

std::string detail(const std::string& type, const UnknownFieldSet& fields) {
    google::protobuf::Any any;
    any.set_type_url("type.googleapis.com/" + type);
    any.set_value(bytes_of(fields));
    return any.SerializeAsString();
}

/// google.rpc.Status with ErrorInfo and RetryInfo, as a server sends it.
std::string details_of(const std::string& reason, std::uint64_t retry_seconds) {
    UnknownFieldSet info;
    info.AddLengthDelimited(1, reason);
    info.AddLengthDelimited(2, "adit.admin.v1");
    UnknownFieldSet delay;
    delay.AddVarint(1, retry_seconds);
    delay.AddVarint(2, 500'000'000);
    UnknownFieldSet retry;
    retry.AddLengthDelimited(1, bytes_of(delay));
    UnknownFieldSet status;
    status.AddVarint(1, 14);
    status.AddLengthDelimited(2, "said");
    status.AddLengthDelimited(3, detail("google.rpc.ErrorInfo", info));
    status.AddLengthDelimited(3, detail("google.rpc.RetryInfo", retry));
    return bytes_of(status);
}

TEST(StatusText, ReadsReasonAndDelay) {
    const auto details = read_error_details(details_of("GATEWAY_GONE", 2));
    EXPECT_EQ(details.reason, "GATEWAY_GONE");
    EXPECT_EQ(details.retry_after, std::chrono::milliseconds{2500});
}

TEST(StatusText, LeavesOutWhatItCannotRead) {
    for (const std::string& bytes :
         {std::string{}, std::string{"\xff\xff\xff"}, details_of("A", 1).substr(0, 12)}) {
        const auto details = read_error_details(bytes);
        EXPECT_EQ(details.reason, "");
        EXPECT_FALSE(details.retry_after.has_value());
    }
}

TEST(StatusText, SaysCauseReasonAndCureInOneLine) {
    const grpc::Status status{grpc::StatusCode::UNAVAILABLE, "gateway-1\n\x1b[2Jis gone",
                              details_of("GATEWAY_GONE", 2)};
    const auto failure = failure_of(status, "pool:24280");
    EXPECT_EQ(failure.code(), ExitCode::unreachable);
    EXPECT_THAT(failure.what(), AllOf(HasSubstr("gateway-1"), HasSubstr("[GATEWAY_GONE]"),
                                      HasSubstr("try again in 2.5 s"), Not(HasSubstr("--admin")),
                                      Not(HasSubstr("\n")), Not(HasSubstr("\x1b"))));
}

TEST(StatusText, WhenNobodySpeaksItNamesWhoWasAsked) {
    const auto failure = failure_of({grpc::StatusCode::UNAVAILABLE, "refused"}, "pool:24280");
    EXPECT_THAT(failure.what(), AllOf(HasSubstr("pool:24280"), HasSubstr("refused"),
                                      HasSubstr("--admin"), Not(HasSubstr("[]"))));
}

TEST(StatusText, EachKindOfRefusalHasItsExitCode) {
    const struct {
        grpc::StatusCode status;
        ExitCode code;
    } cases[] = {
        {grpc::StatusCode::INVALID_ARGUMENT, ExitCode::usage},
        {grpc::StatusCode::NOT_FOUND, ExitCode::not_found},
        {grpc::StatusCode::PERMISSION_DENIED, ExitCode::not_permitted},
        {grpc::StatusCode::UNAUTHENTICATED, ExitCode::not_permitted},
        {grpc::StatusCode::UNAVAILABLE, ExitCode::unreachable},
        {grpc::StatusCode::DEADLINE_EXCEEDED, ExitCode::unreachable},
        {grpc::StatusCode::ABORTED, ExitCode::conflict},
        {grpc::StatusCode::FAILED_PRECONDITION, ExitCode::conflict},
        {grpc::StatusCode::INTERNAL, ExitCode::failed},
    };
    for (const auto& [status, code] : cases) EXPECT_EQ(exit_code_of(status), code) << status;
}

}  // namespace
}  // namespace aditctl
