#pragma once

#include <adit/admin/v1/pool.pb.h>

#include <functional>
#include <string>
#include <vector>

#include "admin/api_error.h"
#include "admin/table.h"
#include "ledger/requests.h"
#include "redis/client.h"

namespace admin {

/// The audit log as rows, read from Redis as far as it has not been read when somebody asks. Owned
/// by the API; the loop's.
class AuditReader {
  public:
    using Then = std::function<void(ApiResult<const Table<adit::admin::v1::AuditEntry>*>)>;

    explicit AuditReader(redis::Client& redis) : redis_(redis) {}
    AuditReader(const AuditReader&) = delete;
    AuditReader& operator=(const AuditReader&) = delete;

    /// Brings the rows up to now. Errors: `ledger_unavailable`.
    void refresh(Then then);

  private:
    void read_on();
    void take(const ledger::AuditPage& page);
    void finish(const ApiError* error);

    redis::Client& redis_;
    Table<adit::admin::v1::AuditEntry> rows_{};
    std::string last_{};
    std::vector<Then> waiting_{};
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace admin
