#include "bus/batch_builder.h"

#include <algorithm>

namespace bus {

std::uint32_t BatchBuilder::place_of(const Channel& channel) {
    const auto place = static_cast<std::uint32_t>(batch_.channels.size());
    const auto [entry, is_new] = channels_.try_emplace(channel.key.value, place);
    if (is_new) batch_.channels.push_back(channel);
    return entry->second;
}

std::uint32_t BatchBuilder::place_of(const ShareContext& context) {
    const auto place = static_cast<std::uint32_t>(batch_.jobs.size());
    const auto [entry, is_new] =
        jobs_.try_emplace({context.channel.key.value, context.job.job_id}, place);
    // All of a job is as it was sent, but for what its channel has been eased to since.
    if (!is_new && batch_.jobs[entry->second].record.eased_target == context.job.eased_target)
        return entry->second;
    entry->second = place;
    batch_.jobs.push_back({place_of(context.channel), context.job});
    outputs_of_jobs_.push_back(place_of_outputs(context));
    if (context.custom_job != nullptr &&
        custom_jobs_.try_emplace(context.job.custom_job.value, batch_.custom_jobs.size()).second)
        batch_.custom_jobs.push_back(*context.custom_job);
    return place;
}

std::uint32_t BatchBuilder::place_of_outputs(const ShareContext& context) {
    const auto place = static_cast<std::uint32_t>(batch_.outputs.size());
    const auto [entry, is_new] = outputs_.try_emplace(context.job.outputs_id.value, place);
    if (is_new) batch_.outputs.push_back(context.outputs);
    return entry->second;
}

void BatchBuilder::expect(const Sizes& sizes) {
    batch_.shares.reserve(sizes.shares);
    batch_.jobs.reserve(sizes.jobs);
    outputs_of_jobs_.reserve(sizes.jobs);
    jobs_.reserve(sizes.jobs);
    batch_.channels.reserve(sizes.channels);
    channels_.reserve(sizes.channels);
}

Batch BatchBuilder::part(std::size_t begin, std::size_t end) const {
    BatchBuilder part{batch_.epoch, batch_.partition};
    const auto most = end - begin;
    part.expect({most, std::min(most, batch_.jobs.size()), std::min(most, batch_.channels.size())});
    for (std::size_t i = begin; i < end; ++i) {
        const auto& share = batch_.shares[i];
        const auto& job = batch_.jobs[share.job];
        const auto custom = custom_jobs_.find(job.record.custom_job.value);
        part.add_share(
            {batch_.channels[job.channel], job.record, batch_.outputs[outputs_of_jobs_[share.job]],
             custom == custom_jobs_.end() ? nullptr : &batch_.custom_jobs[custom->second]},
            share.submitted, share.worker);
    }
    return std::move(part).finish(0);
}

void BatchBuilder::add_share(const ShareContext& context, const mining::SubmittedShare& share,
                             std::string worker) {
    const auto job = place_of(context);
    batch_.shares.push_back({job, share, std::move(worker)});
}

void BatchBuilder::add_event(EventBody body) {
    batch_.events.push_back({static_cast<std::uint32_t>(batch_.shares.size()), std::move(body)});
}

}  // namespace bus
