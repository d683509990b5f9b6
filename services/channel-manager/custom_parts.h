#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "bus/batch.h"
#include "mining/custom_job.h"

namespace channel_manager {

/// What a job of a batch is judged by; null where it is not known or cannot be built.
struct JobParts {
    const mining::BlockTemplate* block_template = nullptr;
    const mining::JobCoinbase* coinbase = nullptr;
};

/// Miners' own jobs of one batch, made into what shares are judged by. They came with the batch
/// and go with it: a miner has its own, so there is nothing to share with other batches.
class CustomParts {
  public:
    explicit CustomParts(const bus::Batch& batch);

    /// For a record that names a custom job. Valid as long as this, also when it has moved.
    JobParts find_or_derive(const mining::JobRecord& record);

  private:
    struct Job {
        mining::CustomJob job{};
        mining::BlockTemplate as_template{};
    };
    std::map<mining::CustomJobId, Job> jobs_{};
    std::map<std::pair<mining::CustomJobId, std::size_t>, std::optional<mining::JobCoinbase>>
        coinbases_{};  // by the size of the extranonce too
};

}  // namespace channel_manager
