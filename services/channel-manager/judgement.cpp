#include "channel-manager/judgement.h"

#include <algorithm>
#include <map>

#include "bitcoin/header.h"
#include "channel-manager/custom_parts.h"
#include "mining/batch_judge.h"

namespace channel_manager {
namespace {

bool is_custom(const mining::JobRecord& record) {
    return record.custom_job != mining::CustomJobId{};
}

std::vector<JobParts> parts_of_jobs(const bus::Batch& batch, const Templates& templates,
                                    mining::JobCache& cache, CustomParts& custom) {
    std::map<mining::OutputsId, const mining::PayoutOutputs*> outputs;
    for (const auto& set : batch.outputs) outputs.emplace(mining::outputs_id(set), &set);
    std::vector<JobParts> parts;
    parts.reserve(batch.jobs.size());
    for (const auto& job : batch.jobs) {
        if (is_custom(job.record)) {
            parts.push_back(custom.find_or_derive(job.record));
            continue;
        }
        JobParts of;
        of.block_template = templates.find(job.record.template_ref);
        const auto paid = outputs.find(job.record.outputs_id);
        if (of.block_template != nullptr && paid != outputs.end())
            of.coinbase =
                cache.find_or_derive(*of.block_template, *paid->second, job.record.outputs_id,
                                     job.record.variant, job.record.full_extranonce_size());
        parts.push_back(of);
    }
    return parts;
}

std::vector<share_log::TemplateFacts> facts_of(const std::vector<JobParts>& parts) {
    std::vector<share_log::TemplateFacts> templates;
    for (const auto& of : parts) {
        // What there is to know of a custom job came with the batch.
        if (of.block_template == nullptr || of.block_template->ref == mining::TemplateRef{})
            continue;
        const auto is_it = [&](const auto& facts) { return facts.ref == of.block_template->ref; };
        if (std::none_of(templates.begin(), templates.end(), is_it))
            templates.push_back(share_log::facts_of(*of.block_template));
    }
    return templates;
}

bus::Verdict to_verdict(const mining::Judged& judged) {
    bus::Verdict verdict;
    verdict.solves_block = judged.solves_block;
    if (judged.verdict)
        verdict.difficulty = *judged.verdict;
    else
        verdict.error = judged.verdict.error();
    return verdict;
}

void add_block(std::vector<FoundBlock>& blocks, const bus::Batch& batch, const bus::Share& share,
               const JobParts& parts, const bitcoin::BlockHash& hash) {
    const auto& job = batch.jobs[share.job];
    const auto is_it = [&hash](const FoundBlock& block) { return block.hash == hash; };
    if (std::any_of(blocks.begin(), blocks.end(), is_it)) return;
    blocks.push_back(
        {mining::make_solution(share.submitted, job.record, *parts.block_template, *parts.coinbase),
         hash, job.record.channel, batch.channels[job.channel].user_identity});
    // A custom job may have the transactions of a template that replicas hold.
    blocks.back().solution.template_ref = job.record.template_ref;
}

/// The shares of a batch whose templates are there, judged.
struct JudgedShares {
    CustomParts custom;
    std::vector<JobParts> parts{};      // of each job, some of them in `custom`
    std::vector<std::size_t> places{};  // in the batch, of each that is judged
    std::vector<mining::Judged> judged{};
};

JudgedShares judge_shares(const bus::Batch& batch, const Templates& templates,
                          mining::JobCache& cache) {
    cache.trim();
    JudgedShares of{.custom = CustomParts{batch}};
    of.parts = parts_of_jobs(batch, templates, cache, of.custom);
    std::vector<mining::ShareToJudge> to_judge;
    to_judge.reserve(batch.shares.size());
    of.places.reserve(batch.shares.size());
    for (std::size_t i = 0; i < batch.shares.size(); ++i) {
        const auto& share = batch.shares[i];
        const auto& parts = of.parts[share.job];
        if (parts.block_template == nullptr) continue;
        to_judge.push_back({&share.submitted, &batch.jobs[share.job].record, parts.block_template,
                            parts.coinbase});
        of.places.push_back(i);
    }
    of.judged.resize(to_judge.size());
    cache.batch_judge().judge(to_judge, of.judged);
    return of;
}

}  // namespace

std::vector<mining::TemplateRef> missing_templates(const bus::Batch& batch,
                                                   const Templates& templates) {
    std::vector<mining::TemplateRef> missing;
    for (const auto& share : batch.shares) {
        const auto& record = batch.jobs[share.job].record;
        const auto ref = record.template_ref;
        if (is_custom(record)) continue;
        if (templates.find(ref) != nullptr) continue;
        if (std::find(missing.begin(), missing.end(), ref) == missing.end()) missing.push_back(ref);
    }
    return missing;
}

BlocksFound find_blocks(const bus::Batch& batch, const Templates& templates,
                        mining::JobCache& cache) {
    const auto [custom, parts, places, judged] = judge_shares(batch, templates, cache);
    BlocksFound found;
    found.unhashed = batch.shares.size() - judged.size();
    for (std::size_t i = 0; i < judged.size(); ++i) {
        const auto& share = batch.shares[places[i]];
        if (judged[i].solves_block)
            add_block(found.blocks, batch, share, parts[share.job], judged[i].hash);
    }
    return found;
}

bool are_lost(const std::vector<mining::TemplateRef>& missing, const Templates& templates) {
    std::size_t lost = 0;
    for (const auto ref : missing)
        if (templates.seek(ref)) ++lost;
    return lost == missing.size();
}

Judgement judge(const bus::Batch& batch, const Templates& templates, const OpenPolicy& policy,
                mining::JobCache& cache) {
    const auto [custom, parts, places, judged] = judge_shares(batch, templates, cache);
    const auto shares = batch.shares.size();
    Judgement judgement;
    judgement.unjudged = shares - judged.size();
    auto& result = judgement.result;
    result.epoch = batch.epoch;
    result.partition = batch.partition;
    result.sequence = batch.sequence;
    bus::Verdict unknown;
    unknown.error = mining::ShareError::stale_share;
    result.verdicts.assign(shares, unknown);
    judgement.hashes.resize(shares);
    judgement.tips.resize(shares);
    judgement.templates = facts_of(parts);
    for (std::size_t i = 0; i < judged.size(); ++i) {
        const auto place = places[i];
        const auto& share = batch.shares[place];
        const auto& of = parts[share.job];
        result.verdicts[place] = to_verdict(judged[i]);
        judgement.tips[place] = of.block_template->tip.prev_hash;
        if (judged[i].hash.value != bitcoin::uint256_max())
            judgement.hashes[place] = judged[i].hash;
        if (judged[i].solves_block) add_block(judgement.blocks, batch, share, of, judged[i].hash);
    }
    for (const auto& event : batch.events)
        if (const auto* open = std::get_if<bus::ChannelOpen>(&event.body))
            result.opens.push_back(decide_open(*open, policy));
    for (const auto& event : batch.events)
        if (const auto* update = std::get_if<bus::ChannelUpdate>(&event.body))
            if (auto change = decide_outputs(*update, policy))
                result.outputs_changes.push_back(std::move(*change));
    return judgement;
}

}  // namespace channel_manager
