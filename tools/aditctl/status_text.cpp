#include "aditctl/status_text.h"

#include <fmt/format.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <algorithm>
#include <string_view>

namespace aditctl {
namespace {

void read_detail(const google::protobuf::Any& any, ErrorDetails& details) {
    google::rpc::ErrorInfo info;
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&info)) {
        details.reason = info.reason();
    } else if (any.UnpackTo(&retry) && retry.has_retry_delay()) {
        const auto& delay = retry.retry_delay();
        details.retry_after =
            std::chrono::milliseconds{delay.seconds() * 1000 + delay.nanos() / 1'000'000};
    }
}

/// One line, without what a terminal would obey.
std::string one_line(std::string text) {
    std::ranges::replace_if(
        text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    return text;
}

std::string cause_of(const grpc::Status& status, const std::string& where) {
    const auto said = one_line(status.error_message());
    switch (status.error_code()) {
        case grpc::StatusCode::UNAVAILABLE:
            return fmt::format("the admin service at {} is not there for this: {}", where, said);
        case grpc::StatusCode::DEADLINE_EXCEEDED:
            return fmt::format("the admin service at {} did not answer in time", where);
        case grpc::StatusCode::UNIMPLEMENTED:
            return fmt::format("the admin service at {} does not know this call", where);
        default: return said.empty() ? fmt::format("{} refuses", where) : said;
    }
}

std::string_view cure_of(grpc::StatusCode code) {
    switch (code) {
        case grpc::StatusCode::UNAVAILABLE:
            return "is adit-admin running, and is --admin (or ADIT_ADMIN) its [api] listen? A "
                   "server with TLS wants --tls-ca, --tls-cert and --tls-key";
        case grpc::StatusCode::DEADLINE_EXCEEDED:
            return "`aditctl problems` says what is stuck; --timeout waits longer";
        case grpc::StatusCode::UNIMPLEMENTED: return "does its version fit `aditctl --version`?";
        case grpc::StatusCode::UNAUTHENTICATED:
            return "name your certificate with --tls-ca, --tls-cert and --tls-key; `aditctl tls "
                   "new --help` makes one";
        case grpc::StatusCode::PERMISSION_DENIED:
            return "changes want a certificate of the role operator: --tls-cert, --tls-key";
        case grpc::StatusCode::ABORTED: return "somebody else was faster: look again and repeat";
        default: return {};
    }
}

}  // namespace

ErrorDetails read_error_details(const std::string& serialized) {
    ErrorDetails details;
    google::rpc::Status status;
    if (!status.ParseFromString(serialized)) return details;
    for (const auto& detail : status.details()) read_detail(detail, details);
    return details;
}

ExitCode exit_code_of(grpc::StatusCode code) {
    switch (code) {
        case grpc::StatusCode::OK: return ExitCode::done;
        case grpc::StatusCode::INVALID_ARGUMENT: return ExitCode::usage;
        case grpc::StatusCode::NOT_FOUND: return ExitCode::not_found;
        case grpc::StatusCode::PERMISSION_DENIED:
        case grpc::StatusCode::UNAUTHENTICATED: return ExitCode::not_permitted;
        case grpc::StatusCode::UNAVAILABLE:
        case grpc::StatusCode::DEADLINE_EXCEEDED: return ExitCode::unreachable;
        case grpc::StatusCode::ABORTED:
        case grpc::StatusCode::ALREADY_EXISTS:
        case grpc::StatusCode::FAILED_PRECONDITION: return ExitCode::conflict;
        default: return ExitCode::failed;
    }
}

CommandFailure failure_of(const grpc::Status& status, const std::string& where) {
    const auto details = read_error_details(status.error_details());
    // With a reason the admin service itself has spoken, and says what to do.
    const bool is_its_own = !details.reason.empty();
    auto text = is_its_own ? fmt::format("{} [{}]", one_line(status.error_message()),
                                         one_line(details.reason))
                           : cause_of(status, where);
    if (const auto cure = cure_of(status.error_code()); !is_its_own && !cure.empty())
        text += fmt::format("; {}", cure);
    if (details.retry_after)
        text += fmt::format("; try again in {:.1f} s",
                            static_cast<double>(details.retry_after->count()) / 1000);
    return {exit_code_of(status.error_code()), text};
}

}  // namespace aditctl
