#pragma once

#include "auditor/audit.h"
#include "redis/address.h"

namespace auditor {

/// Reads the share log of all partitions. Waits for Redis, as a tool may. Throws
/// std::runtime_error when Redis is away, holds no pool, or a record cannot be read.
LedgerContents read_ledger(const redis::Address& address);

}  // namespace auditor
