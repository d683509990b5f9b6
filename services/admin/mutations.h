#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "admin/access.h"
#include "admin/api_error.h"
#include "ledger/requests.h"

namespace admin {

/// What a mutation gives: the response's bytes, or why it was not done.
using MutationResult = ApiResult<std::string>;

/// Where requests are claimed and their outcomes kept. Answers come on the loop, once, unless it is
/// gone by then.
class RequestBook {
  public:
    virtual ~RequestBook() = default;
    virtual void claim(
        const ledger::OperatorRequest& request,
        std::function<void(base::Result<ledger::RequestClaim, ledger::RequestFailure>)> done) = 0;
    virtual void finish(const std::string& id, const std::string& entry,
                        const ledger::RequestOutcome& outcome, ledger::AfterRequest after,
                        std::function<void(base::Result<void, ledger::RequestFailure>)> done) = 0;

  protected:
    RequestBook() = default;
    RequestBook(const RequestBook&) = default;
    RequestBook& operator=(const RequestBook&) = default;
};

/// Does each request of an operator's once: claims it, which puts it into the audit log, does it,
/// and keeps the outcome, with which the same request is answered from then on. A refusal that
/// asking again may cure is not kept. Owned by the API; the loop's.
class Mutations {
  public:
    using Done = std::function<void(MutationResult)>;
    /// Does it, and calls back once. It may be called twice for one request, where an outcome was
    /// lost: what it does must be such that twice is as good as once.
    using Action = std::function<void(Done)>;

    explicit Mutations(RequestBook& book) : book_(book) {}

    /// `request` has a field `request_id`. Errors that come before the action:
    /// `invalid_request_id`, `request_id_reused`, `request_in_progress`, `audit_unavailable`,
    /// `replica_missing`.
    void run(const Caller& caller, const std::string& method,
             const google::protobuf::Message& request, const std::string& request_id, Action action,
             Done done);

  private:
    struct Running {
        std::string digest{};
        std::vector<Done> waiting{};
    };

    void act(const ledger::OperatorRequest& request, const std::string& entry,
             const Action& action);
    void finish(const ledger::OperatorRequest& request, const std::string& entry,
                MutationResult result);
    void answer(const std::string& id, const MutationResult& result);

    RequestBook& book_;
    /// Those of this process, by id.
    std::map<std::string, Running> running_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

/// A UUID as RFC 9562 writes it, in small or capital letters.
bool is_uuid(const std::string& text);

}  // namespace admin
