#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "ledger/durability.h"
#include "redis/client.h"

/// What operators ask for: each request once, and a log of who asked for what.
namespace ledger {

namespace keys {
/// Stream: what operators asked for, before it was done, and what became of it.
inline constexpr const char* audit = "{pool}:audit";
/// Hash with an expiry: a request of an operator's, and its outcome.
std::string operator_request(const std::string& id);
}  // namespace keys

/// A request is known by its id for so long.
inline constexpr std::chrono::hours request_kept{24};
/// Who claims a request and dies leaves it to others after this. What is done twice then must be
/// such that twice is as good as once.
inline constexpr std::chrono::seconds claim_kept{30};
/// Two entries a request: before it is done, and its outcome.
inline constexpr std::size_t audit_entries_max = 200'000;

struct OperatorRequest {
    std::string id{};
    /// Of the whole request: the same id with another digest is another request.
    std::string digest{};
    // For the log.
    std::string actor{};
    std::string peer_address{};
    std::string method{};
    std::string request{};
};

/// What became of a request.
struct RequestOutcome {
    /// A canonical code by name.
    std::string code{};
    std::string message{};
    /// What the caller was answered with, in the caller's own form.
    std::string response{};
};

/// It is to be done; `entry` is its place in the log.
struct Claimed {
    std::string entry{};
};
/// Somebody is at it.
struct RequestBusy {};
/// Its id is another request's.
struct RequestOther {};
using RequestClaim = std::variant<Claimed, RequestOutcome, RequestBusy, RequestOther>;

enum class RequestError {
    unavailable,
    /// It was written, but not to as many replicas as required.
    replica_missing,
};
struct RequestFailure {
    RequestError kind{};
    std::string text{};
};

/// Claims a request for `owner` (this process) and writes it into the log; or says what became of
/// it.
void claim_request(redis::Client& client, const Durability& durability,
                   const OperatorRequest& request, const std::string& owner,
                   std::function<void(base::Result<RequestClaim, RequestFailure>)> done);

enum class AfterRequest {
    /// The same request is answered with this outcome.
    keep,
    /// The same request may be tried again.
    forget,
};
/// Writes what became of it.
void finish_request(redis::Client& client, const std::string& id, const std::string& entry,
                    const RequestOutcome& outcome, AfterRequest after,
                    std::function<void(base::Result<void, RequestFailure>)> done);

/// An entry of the audit log as it lies there: a request, or the outcome of the one at `of`.
struct AuditRecord {
    std::string id{};
    std::string of{};
    OperatorRequest request{};
    RequestOutcome outcome{};
};
struct AuditPage {
    std::vector<AuditRecord> records{};
    /// The first entry that is still there; empty where there is none.
    std::string first{};
};
/// Those behind `after` (empty: from the first), oldest first, at most `count`.
void read_audit(redis::Client& client, const std::string& after, std::size_t count,
                std::function<void(base::Result<AuditPage, std::string>)> done);

}  // namespace ledger
