#pragma once

#include <grpcpp/support/status.h>

#include <chrono>
#include <optional>
#include <string>

#include "aditctl/failure.h"

namespace aditctl {

/// What the admin service adds to a refusal (google.rpc.ErrorInfo, google.rpc.RetryInfo).
struct ErrorDetails {
    std::string reason{};
    std::optional<std::chrono::milliseconds> retry_after{};
};

/// Reads a google.rpc.Status as gRPC carries it. What cannot be read is left out.
ErrorDetails read_error_details(const std::string& serialized);

ExitCode exit_code_of(grpc::StatusCode code);

/// Cause and cure in one line. `where` is the admin service's host:port.
CommandFailure failure_of(const grpc::Status& status, const std::string& where);

}  // namespace aditctl
