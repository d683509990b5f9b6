#include "channel-manager/custom_parts.h"

namespace channel_manager {

CustomParts::CustomParts(const bus::Batch& batch) {
    for (const auto& job : batch.custom_jobs)
        jobs_.emplace(mining::custom_job_id(job), Job{job, mining::template_of(job)});
}

JobParts CustomParts::find_or_derive(const mining::JobRecord& record) {
    const auto job = jobs_.find(record.custom_job);
    if (job == jobs_.end()) return {};
    const auto size = record.full_extranonce_size();
    auto coinbase = coinbases_.find({record.custom_job, size});
    if (coinbase == coinbases_.end()) {
        auto derived = mining::derive_job_coinbase(job->second.job, size);
        coinbase = coinbases_
                       .emplace(std::pair{record.custom_job, size},
                                derived ? std::optional{*std::move(derived)} : std::nullopt)
                       .first;
    }
    return {&job->second.as_template, coinbase->second ? &*coinbase->second : nullptr};
}

}  // namespace channel_manager
