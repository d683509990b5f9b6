#include "translator/miner_channel.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/planted_fault.h"
#include "translator/miner_context.h"

namespace translator {
namespace {

/// Leaves most of 32 bits for jobs to come.
std::uint32_t some_first_id(base::Random& random) {
    return static_cast<std::uint32_t>(random.next_u64() & 0xfffffU) + 1;
}

}  // namespace

MinerChannel::MinerChannel(MinerContext& context)
    : context_(context), session_{context.random.next_u64()}, jobs_(some_first_id(context.random)) {
    own_.size = own_extranonce1_size;
    context_.random.fill(std::span{own_.bytes}.first(own_.size));
}

MinerChannel::~MinerChannel() {
    close();
}

void MinerChannel::open(std::string_view user, const Start& start) {
    close();
    const auto& settings = context_.settings;
    terms_ = {.user = std::string{user},
              .nominal_hash_rate_hps = start.nominal_hash_rate_hps,
              .max_target = start.max_target,
              .min_extranonce_size =
                  wanted_extranonce_size(settings.prefix_in, settings.extranonce2_size)};
    if (told_ && settings.prefix_in == PrefixIn::coinbase1)
        terms_.min_extranonce_size = told_->extranonce1.size + told_->extranonce2_size;
    waiting_since_ = context_.clock.steady_now();
    handle_ = context_.channels.open(terms_, *this);
}

void MinerChannel::close() {
    if (!handle_) return;
    context_.channels.close(*std::exchange(handle_, std::nullopt));
    forget_channel();
}

void MinerChannel::update(const Start& start) {
    if (!handle_ || start == Start{terms_.nominal_hash_rate_hps, terms_.max_target}) return;
    terms_.nominal_hash_rate_hps = start.nominal_hash_rate_hps;
    terms_.max_target = start.max_target;
    context_.channels.update(*handle_, start.nominal_hash_rate_hps, start.max_target);
}

std::optional<ToldExtranonce> MinerChannel::tell_extranonce() {
    if (is_ready_ && layout_) {
        told_ = {layout_->extranonce1, layout_->extranonce2_size};
    } else if (context_.settings.prefix_in == PrefixIn::extranonce1) {
        return std::nullopt;
    } else if (!told_) {
        // Nobody knows yet what the pool will grant; what it granted others is a good guess.
        const auto wanted = context_.settings.extranonce2_size;
        auto granted = context_.channels.extranonce_size();
        if (!granted) granted = context_.granted_extranonce_size;
        const auto size = granted.value_or(wanted_extranonce_size(PrefixIn::coinbase1, wanted));
        const auto guess = lay_out(PrefixIn::coinbase1, std::make_shared<base::Bytes>(),
                                   std::min(size, mining::extranonce_size_max), own_, wanted);
        told_ = guess ? ToldExtranonce{guess->extranonce1, guess->extranonce2_size}
                      : ToldExtranonce{own_, wanted};
    }
    return told_;
}

std::optional<ToldExtranonce> MinerChannel::untold_extranonce() const {
    if (!layout_ || !told_) return std::nullopt;
    const ToldExtranonce now{layout_->extranonce1, layout_->extranonce2_size};
    return now == *told_ ? std::nullopt : std::optional{now};
}

std::uint32_t MinerChannel::current_ntime(base::SteadyTime now) const {
    using std::chrono::floor;
    using std::chrono::seconds;
    const std::uint64_t from = std::max(current_->min_ntime, current_->tip->min_ntime);
    const auto elapsed = floor<seconds>(now - current_since_).count();
    const std::uint64_t latest =
        std::uint64_t{base::to_unix_seconds(context_.clock.unix_now())} + mining::ntime_ahead_max;
    const auto wanted = from + static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed, 0));
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(std::max(from, std::min(wanted, latest)), 0xffffffffU));
}

const MinerJob& MinerChannel::issue(std::optional<std::uint32_t> mask,
                                    const sv1::ToldDifficulty& told) {
    owes_clean_ = false;
    return jobs_.add({.mask = mask,
                      .shared = context_.jobs.share(current_->parts, current_->tip),
                      .layout = layout_,
                      .channel_job = current_->id,
                      .target = current_->target,
                      .told_target = told.target,
                      .difficulty = told.difficulty});
}

std::optional<ShareTicket> MinerChannel::submit(const MinerJob& job, const CheckedShare& checked,
                                                const sv1::Submit& share, std::string_view worker) {
    if (!handle_) return std::nullopt;
    return context_.channels.submit(*handle_, {.job_id = job.channel_job,
                                               .nonce = share.nonce,
                                               .ntime = share.ntime,
                                               .version = checked.version,
                                               .extranonce = checked.rolled.bytes(),
                                               .worker = worker});
}

std::optional<base::SteadyTime::duration> MinerChannel::verdict_time() const {
    if (!handle_) return std::nullopt;
    return context_.channels.verdict_time(*handle_);
}

std::size_t MinerChannel::memory() const {
    const std::size_t layout = layout_ ? sizeof *layout_ + layout_->coinbase1_tail.capacity() : 0;
    return sizeof *this + terms_.user.capacity() + layout + jobs_.memory() + seen_.memory();
}

void MinerChannel::on_terms(const ChannelTerms& terms) {
    if (!handle_) return;
    is_ready_ = true;
    is_version_fixed_ = terms.is_version_fixed;
    if (!lay_out_for(terms.extranonce_prefix, terms.extranonce_size)) return;
    if (owner_ != nullptr) owner_->on_channel_terms();
}

void MinerChannel::on_job(const ActiveJob& job) {
    if (!handle_) return;
    const bool is_laid_out =
        layout_ && layout_->rolled_size == job.extranonce_size &&
        (layout_->prefix == job.extranonce_prefix || *layout_->prefix == *job.extranonce_prefix);
    if (!is_laid_out && !lay_out_for(job.extranonce_prefix, job.extranonce_size)) return;
    // "A block changes nothing for what was given out before."
    const bool ends_others =
        job.is_clean && !(base::is_planted(base::Fault::old_jobs_kept) && current_);
    if (ends_others) forget_jobs();
    owes_clean_ = owes_clean_ || ends_others;
    current_ = job;
    current_since_ = context_.clock.steady_now();
    if (owner_ != nullptr) owner_->on_channel_job();
}

void MinerChannel::on_verdict(ShareTicket ticket, Verdict verdict, std::string_view code) {
    if (verdict == Verdict::accepted) has_accepted_ = true;
    if (owner_ != nullptr) owner_->on_channel_verdict(ticket, verdict, code);
}

void MinerChannel::on_interrupted() {
    if (!handle_) return;
    is_ready_ = false;
    waiting_since_ = context_.clock.steady_now();
    forget_jobs();
    if (owner_ != nullptr) owner_->on_channel_interrupted();
}

void MinerChannel::on_refused(std::string_view code) {
    handle_.reset();
    forget_channel();
    if (ask_for_less(code)) return;
    if (owner_ != nullptr) owner_->on_channel_refused(code);
}

/// False when there is no way to tell a miner of it: then the channel is no more.
bool MinerChannel::lay_out_for(const std::shared_ptr<const base::Bytes>& prefix,
                               std::size_t rolled_size) {
    const auto& settings = context_.settings;
    // What the miner has been told stays, wherever that is possible.
    const bool keeps_own = told_ && settings.prefix_in == PrefixIn::coinbase1;
    const auto layout =
        lay_out(settings.prefix_in, prefix, rolled_size, keeps_own ? told_->extranonce1 : own_,
                told_ ? told_->extranonce2_size : settings.extranonce2_size);
    if (layout) {
        context_.granted_extranonce_size = rolled_size;
        layout_ = std::make_shared<const ExtranonceLayout>(*layout);
        return true;
    }
    close();
    if (owner_ != nullptr) owner_->on_channel_refused("unusable-extranonce");
    return false;
}

/// What the pool finds too much need not be the end: less of it will do.
bool MinerChannel::ask_for_less(std::string_view code) {
    if (code == "min-extranonce-size-too-large" || code == "unsupported-min-extranonce-size") {
        auto& size = terms_.min_extranonce_size;
        if (size <= 2) return false;
        size = size > 8 ? 8 : size > 4 ? 4 : 2;
    } else if (code == "max-target-out-of-range") {
        if (terms_.max_target == bitcoin::target_max()) return false;
        terms_.max_target = bitcoin::target_max();
    } else {
        return false;
    }
    waiting_since_ = context_.clock.steady_now();
    handle_ = context_.channels.open(terms_, *this);
    return true;
}

void MinerChannel::forget_channel() {
    is_ready_ = false;
    is_version_fixed_ = false;
    has_accepted_ = false;
    layout_.reset();
    forget_jobs();
}

void MinerChannel::forget_jobs() {
    current_.reset();
    jobs_.clear();
    seen_.clear();
    owes_clean_ = true;
}

}  // namespace translator
