#include "simulation/translator/sv1_miner_journal.h"

#include <fmt/format.h>

namespace simulation {

void Sv1MinerJournal::connected() {
    connections_.push_back(
        {.name = fmt::format("{} connection {}", name_, connections_.size() + 1)});
    jobs_.clear();
    unanswered_.clear();
    space_.reset();
}

void Sv1MinerJournal::subscribed(const miner::Subscribed& subscribed) {
    connections_.back().is_resumed = subscribed.is_resumed;
}

void Sv1MinerJournal::received(const miner::JobReceived& job) {
    space_ = search_space_of(*job.coinbase, job.extranonce1);
    jobs_.insert_or_assign(job.job_id, space_);
    if (space_) connections_.back().spaces.insert(*space_);
}

void Sv1MinerJournal::sent(const miner::ShareSent& sent) {
    auto& shares = connections_.back().shares;
    Share share{.audited = {.request_id = sent.request_id,
                            .hash = sent.share.hash,
                            .target = sent.share.target,
                            .sent_us = unix_us()},
                .name = {.job = {},
                         .rolled = {},
                         .nonce = sent.share.header.nonce,
                         .ntime = sent.share.header.ntime,
                         .version = sent.share.header.version},
                .header = sent.share.header,
                .sent_at = world_.now(),
                .answered_at = {}};
    if (const auto space = jobs_.find(sent.job_id); space != jobs_.end() && space->second) {
        share.audited.job = space->second->job;
        share.name.job = space->second->job;
        share.name.rolled = space->second->fixed;
        base::append(share.name.rolled, sent.extranonce2);
    }
    unanswered_.emplace(sent.request_id, shares.size());
    shares.push_back(std::move(share));
}

void Sv1MinerJournal::answered(const miner::ShareAnswered& answered) {
    const auto place = unanswered_.find(answered.request_id);
    if (place == unanswered_.end()) return;
    auto& share = connections_.back().shares[place->second];
    using enum auditor::Sv1Share::Answer;
    share.audited.answer = answered.is_accepted ? accepted : rejected;
    share.audited.answered_us = unix_us();
    share.answered_at = world_.now();
    unanswered_.erase(place);
}

}  // namespace simulation
