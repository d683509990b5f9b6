#include "admin/api_error.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <algorithm>

#include "base/ensure.h"

namespace admin {
namespace {

struct Row {
    Reason reason;
    const char* name;
    grpc::StatusCode code;
    int retry_after_seconds;  // 0: asking again does not help
};

using enum grpc::StatusCode;

constexpr Row rows[] = {
    {Reason::invalid_name, "INVALID_NAME", INVALID_ARGUMENT, 0},
    {Reason::invalid_filter, "INVALID_FILTER", INVALID_ARGUMENT, 0},
    {Reason::invalid_order, "INVALID_ORDER", INVALID_ARGUMENT, 0},
    {Reason::invalid_page_token, "INVALID_PAGE_TOKEN", INVALID_ARGUMENT, 0},
    {Reason::invalid_page_size, "INVALID_PAGE_SIZE", INVALID_ARGUMENT, 0},
    {Reason::invalid_field, "INVALID_FIELD", INVALID_ARGUMENT, 0},
    {Reason::invalid_request_id, "INVALID_REQUEST_ID", INVALID_ARGUMENT, 0},
    {Reason::request_id_reused, "REQUEST_ID_REUSED", INVALID_ARGUMENT, 0},
    {Reason::not_found, "NOT_FOUND", NOT_FOUND, 0},
    {Reason::no_role, "NO_ROLE", PERMISSION_DENIED, 0},
    {Reason::role_too_low, "ROLE_TOO_LOW", PERMISSION_DENIED, 0},
    {Reason::resume_token_invalid, "RESUME_TOKEN_INVALID", INVALID_ARGUMENT, 0},
    {Reason::resume_token_too_old, "RESUME_TOKEN_TOO_OLD", OUT_OF_RANGE, 0},
    {Reason::too_many_watchers, "TOO_MANY_WATCHERS", RESOURCE_EXHAUSTED, 10},
    {Reason::too_many_filters, "TOO_MANY_FILTERS", RESOURCE_EXHAUSTED, 60},
    {Reason::request_in_progress, "REQUEST_IN_PROGRESS", ABORTED, 1},
    {Reason::changed_meanwhile, "CHANGED_MEANWHILE", ABORTED, 1},
    {Reason::refused_by_service, "REFUSED_BY_SERVICE", FAILED_PRECONDITION, 0},
    {Reason::service_unreachable, "SERVICE_UNREACHABLE", UNAVAILABLE, 5},
    {Reason::audit_unavailable, "AUDIT_UNAVAILABLE", UNAVAILABLE, 2},
    {Reason::replica_missing, "REPLICA_MISSING", UNAVAILABLE, 5},
    {Reason::ledger_unavailable, "LEDGER_UNAVAILABLE", UNAVAILABLE, 2},
    {Reason::stopping, "STOPPING", UNAVAILABLE, 5},
};

const Row& row_of(Reason reason) {
    const auto* const found = std::find_if(std::begin(rows), std::end(rows),
                                           [&](const Row& row) { return row.reason == reason; });
    base::ensure(found != std::end(rows), "every reason has a name and a code");
    return *found;
}

}  // namespace

std::string reason_name(Reason reason) {
    return row_of(reason).name;
}

std::optional<Reason> reason_of_name(std::string_view name) {
    for (const auto& row : rows)
        if (row.name == name) return row.reason;
    return std::nullopt;
}

grpc::Status to_status(const ApiError& error) {
    const auto& row = row_of(error.reason);
    google::rpc::ErrorInfo info;
    info.set_reason(row.name);
    info.set_domain(error_domain);
    info.mutable_metadata()->insert(error.metadata.begin(), error.metadata.end());
    google::rpc::Status status;
    status.set_code(row.code);
    status.set_message(error.message);
    status.add_details()->PackFrom(info);
    if (row.retry_after_seconds > 0) {
        google::rpc::RetryInfo retry;
        retry.mutable_retry_delay()->set_seconds(row.retry_after_seconds);
        status.add_details()->PackFrom(retry);
    }
    return {row.code, error.message, status.SerializeAsString()};
}

const char* code_name(grpc::StatusCode code) {
    constexpr const char* names[] = {"OK",
                                     "CANCELLED",
                                     "UNKNOWN",
                                     "INVALID_ARGUMENT",
                                     "DEADLINE_EXCEEDED",
                                     "NOT_FOUND",
                                     "ALREADY_EXISTS",
                                     "PERMISSION_DENIED",
                                     "RESOURCE_EXHAUSTED",
                                     "FAILED_PRECONDITION",
                                     "ABORTED",
                                     "OUT_OF_RANGE",
                                     "UNIMPLEMENTED",
                                     "INTERNAL",
                                     "UNAVAILABLE",
                                     "DATA_LOSS",
                                     "UNAUTHENTICATED"};
    const auto at = static_cast<std::size_t>(code);
    return at < std::size(names) ? names[at] : "UNKNOWN";
}

}  // namespace admin
