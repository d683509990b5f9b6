#pragma once

#include <string_view>

#include "bus/batch.h"
#include "channel-manager/judgement.h"
#include "ledger/commit_call.h"

namespace channel_manager {

/// The batch as the ledger takes it: accepted shares with their hashes, what happened to channels
/// (a refused open is only in the log), the log record and the outcome for a replay.
/// `batch_bytes` is the batch as it came.
ledger::Commit to_commit(const bus::Batch& batch, const Judgement& judgement,
                         std::string_view batch_bytes, bus::WorkerId worker);

}  // namespace channel_manager
