#include "admin/mutations.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "bitcoin/sha256.h"

namespace admin {
namespace {

// Of a request in the audit log; a certificate has less.
constexpr std::size_t logged_max = 16 * 1024;

std::string to_json(const google::protobuf::Message& request) {
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    std::string json;
    if (!google::protobuf::util::MessageToJsonString(request, &json, options).ok()) return {};
    return json.size() > logged_max ? json.substr(0, logged_max) + " (and more)" : json;
}

/// Of whom, what and how: the same id with another of these is another request.
std::string digest_of(const Caller& caller, const std::string& method,
                      const google::protobuf::Message& request) {
    const auto text = caller.actor + '\n' + method + '\n' + request.SerializeAsString();
    return bitcoin::sha256(base::as_bytes(text)).to_be_hex();
}

/// What an ApiError becomes between two processes: its ErrorInfo.
std::string pack(const ApiError& error) {
    return to_status(error).error_details();
}

grpc::StatusCode code_of(const ApiError& error) {
    return to_status(error).error_code();
}

ApiError unpack(const ledger::RequestOutcome& outcome) {
    google::rpc::Status status;
    google::rpc::ErrorInfo info;
    if (status.ParseFromString(outcome.response) && status.details_size() > 0 &&
        status.details(0).UnpackTo(&info))
        if (const auto reason = reason_of_name(info.reason()))
            return {*reason, outcome.message, {info.metadata().begin(), info.metadata().end()}};
    return {Reason::refused_by_service, outcome.message, {}};
}

bool may_help_later(const ApiError& error) {
    const auto code = code_of(error);
    return code == grpc::StatusCode::UNAVAILABLE || code == grpc::StatusCode::ABORTED ||
           code == grpc::StatusCode::RESOURCE_EXHAUSTED;
}

ApiError to_error(const ledger::RequestFailure& failure) {
    const auto is_short = failure.kind == ledger::RequestError::replica_missing;
    return {is_short ? Reason::replica_missing : Reason::audit_unavailable,
            fmt::format("nothing is done without the audit log, which {}: {}",
                        is_short ? "is not safe" : "Redis does not take", failure.text),
            {}};
}

ApiError reused(const std::string& id) {
    return {Reason::request_id_reused,
            "request_id was used for another request within 24 hours; take a new UUID for each "
            "request",
            {{"request_id", id}}};
}

}  // namespace

bool is_uuid(const std::string& text) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return text.size() == form.size() &&
           std::equal(text.begin(), text.end(), form.begin(), [](char c, char wanted) {
               return wanted == '-' ? c == '-' : std::isxdigit(static_cast<unsigned char>(c)) != 0;
           });
}

void Mutations::run(const Caller& caller, const std::string& method,
                    const google::protobuf::Message& message, const std::string& request_id,
                    Action action, Done done) {
    if (!is_uuid(request_id))
        return done(base::unexpected(
            ApiError{Reason::invalid_request_id,
                     "request_id is no UUID, as in \"0b8f2c1e-6f0b-4a5e-9d0f-6c2f7f1f6a10\"; a new "
                     "one for each request, the same one to ask again for the same",
                     {{"field", "request_id"}}}));
    ledger::OperatorRequest request{.id = request_id,
                                    .digest = digest_of(caller, method, message),
                                    .actor = caller.actor,
                                    .peer_address = caller.peer_address,
                                    .method = method,
                                    .request = to_json(message)};
    std::transform(request.id.begin(), request.id.end(), request.id.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    auto& running = running_[request.id];
    if (!running.waiting.empty()) {
        if (running.digest != request.digest) return done(base::unexpected(reused(request.id)));
        running.waiting.push_back(std::move(done));
        return;
    }
    running.digest = request.digest;
    running.waiting.push_back(std::move(done));
    book_.claim(request, [this, request, action = std::move(action),
                          alive = std::weak_ptr{is_alive_}](auto claim) {
        if (alive.expired()) return;
        if (!claim) {
            // Perhaps it is in the log by now; then it has no outcome there, and is claimed again
            // by the next attempt.
            return answer(request.id, base::unexpected(to_error(claim.error())));
        }
        if (const auto* const claimed = std::get_if<ledger::Claimed>(&*claim))
            return act(request, claimed->entry, action);
        if (const auto* const known = std::get_if<ledger::RequestOutcome>(&*claim)) {
            if (known->code == code_name(grpc::StatusCode::OK))
                return answer(request.id, known->response);
            return answer(request.id, base::unexpected(unpack(*known)));
        }
        if (std::holds_alternative<ledger::RequestOther>(*claim))
            return answer(request.id, base::unexpected(reused(request.id)));
        answer(request.id,
               base::unexpected(ApiError{Reason::request_in_progress,
                                         "another admin process is at this request; ask again",
                                         {{"request_id", request.id}}}));
    });
}

void Mutations::act(const ledger::OperatorRequest& request, const std::string& entry,
                    const Action& action) {
    action([this, request, entry, alive = std::weak_ptr{is_alive_}](MutationResult result) {
        if (!alive.expired()) finish(request, entry, std::move(result));
    });
}

void Mutations::finish(const ledger::OperatorRequest& request, const std::string& entry,
                       MutationResult result) {
    ledger::RequestOutcome outcome{.code = code_name(grpc::StatusCode::OK)};
    auto after = ledger::AfterRequest::keep;
    if (result) {
        outcome.response = *result;
    } else {
        outcome.code = code_name(code_of(result.error()));
        outcome.message = result.error().message;
        outcome.response = pack(result.error());
        if (may_help_later(result.error())) after = ledger::AfterRequest::forget;
    }
    base::log_info("an operator's request", {{"method", request.method},
                                             {"actor", request.actor},
                                             {"peer", request.peer_address},
                                             {"request_id", request.id},
                                             {"outcome", outcome.code},
                                             {"message", outcome.message}});
    book_.finish(request.id, entry, outcome, after,
                 [this, id = request.id, result = std::move(result),
                  alive = std::weak_ptr{is_alive_}](const auto& written) {
                     // It is done all the same. The log has it without an outcome, and whoever asks
                     // again has it done again.
                     if (!written)
                         base::log_warning(
                             "the outcome of an operator's request is not in the audit log",
                             {{"request_id", id}, {"reason", written.error().text}});
                     if (!alive.expired()) answer(id, result);
                 });
}

void Mutations::answer(const std::string& id, const MutationResult& result) {
    const auto running = running_.extract(id);
    if (!running) return;
    for (const auto& done : running.mapped().waiting) done(result);
}

}  // namespace admin
