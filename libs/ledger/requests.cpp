#include "ledger/requests.h"

#include <memory>

#include "ledger/replicated_call.h"
#include "ledger/scripts.h"

namespace ledger {
namespace {

using Claim = base::Result<RequestClaim, RequestFailure>;

redis::Script script() {
    return redis::Script{std::string{scripts::requests}};
}

redis::Args keys_of(const std::string& id) {
    return {keys::operator_request(id), keys::audit};
}

RequestFailure unavailable(std::string text) {
    return {RequestError::unavailable, std::move(text)};
}

Claim read_claim(const redis::Reply& reply) {
    const auto kind = reply.string_at(0);
    const auto text = [&](std::size_t at) { return std::string{reply.string_at(at)}; };
    if (kind == "CLAIMED") return RequestClaim{Claimed{text(1)}};
    if (kind == "DONE") return RequestClaim{RequestOutcome{text(1), text(2), text(3)}};
    if (kind == "BUSY") return RequestClaim{RequestBusy{}};
    if (kind == "OTHER") return RequestClaim{RequestOther{}};
    return base::unexpected(unavailable("redis answered something else"));
}

AuditRecord read_record(const redis::Reply& entry) {
    AuditRecord record;
    record.id = entry.string_at(0);
    const auto* const parts = entry.array();
    if (parts == nullptr || parts->size() < 2 || (*parts)[1].array() == nullptr) return record;
    const auto& fields = (*parts)[1];
    for (std::size_t i = 0; i + 1 < fields.array()->size(); i += 2) {
        const std::string value{fields.string_at(i + 1)};
        const auto field = fields.string_at(i);
        if (field == "of") record.of = value;
        if (field == "actor") record.request.actor = value;
        if (field == "peer") record.request.peer_address = value;
        if (field == "method") record.request.method = value;
        if (field == "request_id") record.request.id = value;
        if (field == "request") record.request.request = value;
        if (field == "outcome") record.outcome.code = value;
        if (field == "message") record.outcome.message = value;
    }
    return record;
}

}  // namespace

std::string keys::operator_request(const std::string& id) {
    return "{pool}:requests:" + id;
}

void claim_request(redis::Client& client, const Durability& durability,
                   const OperatorRequest& request, const std::string& owner,
                   std::function<void(Claim)> done) {
    const auto claim_ms = std::chrono::milliseconds{claim_kept}.count();
    const auto kept_s = std::chrono::seconds{request_kept}.count();
    durable_eval(
        client, script(), keys_of(request.id),
        {"claim", request.digest, owner, std::to_string(claim_ms), std::to_string(kept_s),
         std::to_string(audit_entries_max), "actor", request.actor, "peer", request.peer_address,
         "method", request.method, "request_id", request.id, "request", request.request},
        durability,
        [done = std::move(done), required = durability.replicas](
            const base::Result<redis::Replicated, redis::Error>& answer) {
            if (!answer) return done(base::unexpected(unavailable(answer.error().text)));
            auto claim = read_claim(answer->reply);
            if (claim && std::holds_alternative<Claimed>(*claim) &&
                answer->replicas < static_cast<std::int64_t>(required))
                return done(base::unexpected(RequestFailure{
                    RequestError::replica_missing, "only " + std::to_string(answer->replicas) +
                                                       " of " + std::to_string(required) +
                                                       " replicas have it"}));
            done(std::move(claim));
        });
}

void finish_request(redis::Client& client, const std::string& id, const std::string& entry,
                    const RequestOutcome& outcome, AfterRequest after,
                    std::function<void(base::Result<void, RequestFailure>)> done) {
    const auto kept_s = std::chrono::seconds{request_kept}.count();
    redis::eval(client, script(), keys_of(id),
                {"finish", entry, outcome.code, outcome.message, outcome.response,
                 after == AfterRequest::keep ? "keep" : "forget", std::to_string(kept_s),
                 std::to_string(audit_entries_max)},
                [done = std::move(done)](const base::Result<redis::Reply, redis::Error>& answer) {
                    if (!answer) return done(base::unexpected(unavailable(answer.error().text)));
                    done({});
                });
}

void read_audit(redis::Client& client, const std::string& after, std::size_t count,
                std::function<void(base::Result<AuditPage, std::string>)> done) {
    // Both in one answer would need a script; what is trimmed in between does no harm.
    auto page = std::make_shared<AuditPage>();
    client.command({"XRANGE", keys::audit, "-", "+", "COUNT", "1"},
                   [page](const base::Result<redis::Reply, redis::Error>& answer) {
                       if (answer && answer->array() != nullptr && !answer->array()->empty())
                           page->first = answer->array()->front().string_at(0);
                   });
    client.command(
        {"XRANGE", keys::audit, after.empty() ? "-" : "(" + after, "+", "COUNT",
         std::to_string(count)},
        [page, done = std::move(done)](const base::Result<redis::Reply, redis::Error>& answer) {
            if (!answer) return done(base::unexpected(answer.error().text));
            if (answer->array() != nullptr)
                for (const auto& entry : *answer->array())
                    page->records.push_back(read_record(entry));
            done(std::move(*page));
        });
}

}  // namespace ledger
