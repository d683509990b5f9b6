// What the pool says of the one channel, handed on to every miner.
#include <algorithm>
#include <string>
#include <utility>

#include "base/log.h"
#include "translator/aggregate_channels.h"

namespace translator {
namespace {

using namespace std::chrono_literals;

/// A job that is issued again must not have the headers of the issue before: miners begin anew
/// with each job, so its ntime has to be another.
constexpr auto reissue_after = 1s;

}  // namespace

void AggregateChannels::on_terms(const ChannelTerms& terms) {
    terms_ = terms;
    jobs_.clear();
    last_share_at_ = clock_.steady_now();
    const auto index_size = index_size_within(terms.extranonce_size, settings_.index_size,
                                              settings_.miner_extranonce_size);
    if (index_size != indices_.size()) {
        indices_ = ExtranonceIndices{index_size};
        for (std::size_t place = 0; place < slots_.places(); ++place)
            if (auto* slot = slots_.at(place)) slot->index.reset();
    }
    for (const auto miner : slots_.handles()) welcome(miner);
}

void AggregateChannels::welcome(ChannelHandle miner) {
    auto* slot = slots_.find(miner);
    if (slot == nullptr) return;
    if (!slot->index) slot->index = indices_.take();
    if (!slot->index) {
        metrics_.miners_refused.add();
        return refuse(miner,
                      indices_.size() == 0 ? "min-extranonce-size-too-large" : "too-many-miners");
    }
    base::Bytes prefix;
    prefix.reserve(terms_->extranonce_prefix->size() + indices_.size());
    base::append(prefix, *terms_->extranonce_prefix);
    indices_.append_to(prefix, *slot->index);
    slot->extranonce_prefix = std::make_shared<const base::Bytes>(std::move(prefix));
    slot->is_served = true;
    slot->listener->on_terms({.extranonce_prefix = slot->extranonce_prefix,
                              .extranonce_size = terms_->extranonce_size - indices_.size(),
                              .target = slot->vardiff.target_for(terms_->target),
                              .is_version_fixed = terms_->is_version_fixed});
    slot = slots_.find(miner);
    if (const auto* entry = jobs_.current(); entry != nullptr && slot != nullptr)
        issue(*slot, *entry, true);
}

void AggregateChannels::on_job(const ActiveJob& job) {
    if (job.is_clean) indices_.jobs_are_stale();
    const auto& entry = jobs_.add(job, clock_.steady_now());
    // Who comes meanwhile gets the job with its welcome.
    for (std::size_t place = 0; place < slots_.places(); ++place) {
        auto* slot = slots_.at(place);
        if (slot != nullptr && slot->is_served) issue(*slot, entry, job.is_clean);
    }
}

void AggregateChannels::issue(Slot& slot, const UpstreamJobs::Entry& entry, bool is_clean) {
    const auto now = clock_.steady_now();
    const auto target = slot.vardiff.target_for(entry.job.target);
    const bool is_again = Slot::number_of(slot.last_job_id) == entry.number;
    auto job = entry.job;
    job.id = slot.issue(entry.number, target, is_clean);
    job.target = target;
    job.extranonce_prefix = slot.extranonce_prefix;
    job.extranonce_size -= indices_.size();
    job.is_clean = is_clean;
    // As far as a miner may have rolled it by now.
    if (is_again)
        job.min_ntime += static_cast<std::uint32_t>(
            std::chrono::floor<std::chrono::seconds>(now - entry.since).count());
    slot.vardiff.set_in_force(target, now);
    slot.issued_at = now;
    slot.awaits_job = false;
    slot.listener->on_job(job);
}

void AggregateChannels::reissue_if_due(Slot& slot) {
    if (!awaits_job(slot) || clock_.steady_now() - slot.issued_at < reissue_after) return;
    metrics_.reissues.add();
    issue(slot, *jobs_.current(), false);
}

void AggregateChannels::on_interrupted() {
    terms_.reset();
    jobs_.clear();
    interrupt_all();
}

void AggregateChannels::interrupt_all() {
    for (std::size_t place = 0; place < slots_.places(); ++place) {
        auto* slot = slots_.at(place);
        if (slot == nullptr || !slot->is_served) continue;
        slot->is_served = false;
        slot->awaits_job = false;
        slot->vardiff.pause();
        slot->listener->on_interrupted();
    }
}

bool AggregateChannels::asks_for_less(std::string_view code) {
    if (code != "max-target-out-of-range" || !asks_for_limit_) return false;
    base::log_warning("the pool has easier targets only than our miners want; taking them");
    asks_for_limit_ = false;
    return true;
}

void AggregateChannels::on_refused(std::string_view code) {
    const std::string kept{code};  // it may be of what ends now
    handle_.reset();
    terms_.reset();
    jobs_.clear();
    forwarded_.clear();
    refused_at_ = clock_.steady_now();
    metrics_.channel_refused.add();
    if (asks_for_less(kept)) {
        interrupt_all();
        return open_upstream();
    }
    base::log_warning("the pool refuses the channel of all miners; asking again in ten seconds",
                      {{"code", kept}});
    for (const auto miner : slots_.handles()) refuse(miner, kept);
}

void AggregateChannels::refuse(ChannelHandle miner, std::string_view code) {
    auto* slot = slots_.find(miner);
    if (slot == nullptr) return;
    auto& listener = *slot->listener;
    close(miner);
    listener.on_refused(code);
}

}  // namespace translator
