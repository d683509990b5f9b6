#pragma once

#include <grpcpp/support/status.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace admin {

/// Why the API refuses. Each is one reason of ErrorInfo, in capitals, and one canonical code; both
/// are stable: programs decide by them.
enum class Reason {
    invalid_name,
    invalid_filter,
    invalid_order,
    invalid_page_token,
    invalid_page_size,
    invalid_field,
    invalid_request_id,
    request_id_reused,
    not_found,
    no_role,
    role_too_low,
    resume_token_invalid,
    resume_token_too_old,
    too_many_watchers,
    too_many_filters,
    request_in_progress,
    changed_meanwhile,
    refused_by_service,
    service_unreachable,
    audit_unavailable,
    replica_missing,
    ledger_unavailable,
    stopping,
};

/// A refusal, before it goes onto the wire.
struct ApiError {
    Reason reason{};
    /// What is wrong and what to do: for people.
    std::string message{};
    /// What of the request it is about, by name: for programs.
    std::map<std::string, std::string> metadata{};
};

template <class T>
using ApiResult = base::Result<T, ApiError>;

inline constexpr const char* error_domain = "adit.admin.v1";

/// "INVALID_NAME".
std::string reason_name(Reason reason);
std::optional<Reason> reason_of_name(std::string_view name);
/// With an ErrorInfo, and a RetryInfo where asking again helps, in grpc-status-details-bin.
grpc::Status to_status(const ApiError& error);
/// A canonical code by name: "NOT_FOUND".
const char* code_name(grpc::StatusCode code);

}  // namespace admin
