#pragma once

#include <string>
#include <utility>

#include "admin/mutations.h"
#include "base/random.h"
#include "redis/client.h"

namespace admin {

/// The request book in Redis: `{pool}:requests:*` and `{pool}:audit`.
class RedisRequestBook final : public RequestBook {
  public:
    RedisRequestBook(redis::Client& redis, const ledger::Durability& durability,
                     base::Random& random)
        : redis_(redis), durability_(durability), owner_(std::to_string(random.next_u64())) {}

    void claim(const ledger::OperatorRequest& request,
               std::function<void(base::Result<ledger::RequestClaim, ledger::RequestFailure>)> done)
        override {
        ledger::claim_request(redis_, durability_, request, owner_, std::move(done));
    }
    void finish(const std::string& id, const std::string& entry,
                const ledger::RequestOutcome& outcome, ledger::AfterRequest after,
                std::function<void(base::Result<void, ledger::RequestFailure>)> done) override {
        ledger::finish_request(redis_, id, entry, outcome, after, std::move(done));
    }

  private:
    redis::Client& redis_;
    ledger::Durability durability_;
    std::string owner_;  // this process
};

}  // namespace admin
