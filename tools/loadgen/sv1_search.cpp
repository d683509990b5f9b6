#include <algorithm>
#include <cmath>
#include <utility>

#include "loadgen/sv1_miner.h"
#include "sv1/difficulty.h"
#include "sv1/requests.h"

/// How an Sv1Miner finds shares; the rest of it is in sv1_miner.cpp.
namespace loadgen {
namespace {

using namespace std::chrono_literals;

// SV1's own before the first set_difficulty.
constexpr double first_difficulty = 1;
// Hashed ahead at once; what a new job makes worthless is less than a second of it.
constexpr std::uint64_t ahead_min = 64;
constexpr std::uint64_t ahead_max = 65536;
// A share that takes more is not found at a given rate of shares: no machine has them.
constexpr std::uint64_t hashes_a_share_max = 1 << 22;
// So many shares, and others have their turn.
constexpr int shares_at_once = 256;
// When hashes have run out, the budget has some again so much later.
constexpr auto more_hashes_after = 1ms;
// Who finds shares ahead has its turn so often, beside thousands of others.
constexpr auto stocks_every = 50ms;
// Half as much again is what shares of a few minutes look like, whatever the hash rate.
const double off_by_chance = std::log2(1.5);
// What a miner suggests comes behind its first job: so long, changes of a difficulty are its own.
constexpr auto greeting_time = 3s;
// Who was held up for longer does not catch up.
constexpr auto behind_max = 1s;

}  // namespace

/// Whether it is to be worked on, where jobs are kept.
bool Sv1Miner::takes(const sv1::Notify& notify) const {
    return !plan_.keeps_jobs || !job_ || next_extranonce_ ||
           job_->prev_hash != bitcoin::BlockHash{notify.prev_hash};
}

void Sv1Miner::on_notify(const sv1::Notify& notify, base::SteadyTime now) {
    if (!is_subscribed_) return odd("a job before the answer to subscribe");
    if (!takes(notify)) return;
    note_job_id(notify.job_id);
    if (next_extranonce_) {
        extranonce1_ = next_extranonce_->extranonce1;
        extranonce2_size_ =
            std::min<std::size_t>(next_extranonce_->extranonce2_size, sv1::extranonce_size_max);
        extranonce2_ = 0;
        next_extranonce_.reset();
    }
    apply_difficulty(now);
    const bitcoin::BlockHash prev_hash{notify.prev_hash};
    if (job_ && job_->prev_hash != prev_hash) {
        context_.statistics.new_block_to_job.add(context_.statistics.tips.heard(prev_hash, now));
        if (!notify.clean_jobs) odd("a new block without clean_jobs");
        stale_job_ = std::move(job_);
        is_stale_written_ = is_job_written_;
    }
    last_.reset();
    stock_.clear();
    job_ = job_of(notify, extranonce1_, extranonce2_size_, sv1::target_of(difficulty_));
    is_job_written_ = false;
    job_since_ = now;
    if (!is_authorized_) return;
    note_work(now);
    begin_search(now);
}

void Sv1Miner::note_work(base::SteadyTime now) {
    watch_.has_work(now);
    if (connecting_since_ == never) return;
    context_.statistics.first_work.add(now - connecting_since_);
    connecting_since_ = never;
    if (!std::exchange(has_ever_worked_, true)) context_.statistics.note_first_work(now);
}

void Sv1Miner::apply_difficulty(base::SteadyTime now) {
    const auto before = difficulty_;
    if (next_difficulty_) difficulty_ = *next_difficulty_;
    next_difficulty_.reset();
    if (difficulty_ == 0) {
        odd("a job before any difficulty");
        difficulty_ = first_difficulty;
    }
    if (record_.first_difficulty == 0) record_.first_difficulty = difficulty_;
    record_.last_difficulty = difficulty_;
    if (!mines_since_) mines_since_ = now;
    if (before == 0 || difficulty_ == before || now - *mines_since_ < greeting_time) return;
    ++record_.target_changes;
    const auto off = [&](double difficulty) {
        return std::abs(std::log2(difficulty / plan_.fitting_difficulty));
    };
    if (plan_.fitting_difficulty > 0 && off(difficulty_) > std::max(off(before), off_by_chance))
        ++record_.target_changes_away;
}

std::uint32_t Sv1Miner::version_now() {
    if (!plan_.style->rolls_version || mask_ == 0) return job_->version;
    return (job_->version & ~mask_) | ((static_cast<std::uint32_t>(++rolls_) << 13) & mask_);
}

std::uint32_t Sv1Miner::ntime_at(base::SteadyTime now) const {
    if (!plan_.style->rolls_ntime) return job_->ntime;
    return job_->ntime +
           static_cast<std::uint32_t>(std::max<std::int64_t>((now - job_since_) / 1s, 0));
}

void Sv1Miner::begin_search(base::SteadyTime from) {
    search_.begin(*job_, extranonce2_of(extranonce2_++, extranonce2_size_), ntime_at(from),
                  version_now());
    search_since_ = search_due_ = from;
    found_.reset();
    // In a closed loop, and while shares are found ahead, at once.
    if (plan_.in_flight == 0 && !context_.stocking.holds(from)) search_on();
}

ShareSearch::Step Sv1Miner::take_hashes(ShareSearch::Step step) {
    context_.statistics.hashes += step.hashes;
    context_.hashes.spend(step.hashes);
    return step;
}

void Sv1Miner::search_on() {
    if (plan_.shares_per_second > 0) {
        search_due_ += exponential(1 / plan_.shares_per_second);
        return;
    }
    if (plan_.hash_rate_hps <= 0) {
        search_due_ = never;
        return;
    }
    const auto ahead =
        std::clamp(static_cast<std::uint64_t>(plan_.hash_rate_hps), ahead_min, ahead_max);
    auto step = search_.search(ahead);
    context_.statistics.hashes += step.hashes;
    found_ = std::move(step.found);
    search_due_ += std::chrono::duration_cast<base::SteadyTime::duration>(
        std::chrono::duration<double>(static_cast<double>(step.hashes) / plan_.hash_rate_hps));
}

base::SteadyTime Sv1Miner::due() const {
    const auto work = is_working() && !context_.is_ending ? search_due_ : never;
    return std::min({work, answer_due_, leaves_at_});
}

Peer::Wish Sv1Miner::on_due(base::SteadyTime now, std::string& out) {
    if (now >= leaves_at_) return Wish::leave;
    if (now >= answer_due_) {
        odd("no answer to the greeting");
        on_lost("no answer", now);
        return Wish::leave;
    }
    if (context_.is_ending || !is_working() || now < search_due_) return Wish::stay;
    if (plan_.in_flight > 0)
        fill(now, out);
    else if (!is_stocking(now))
        submit_due(now, out);
    return Wish::stay;
}

void Sv1Miner::submit_due(base::SteadyTime now, std::string& out) {
    if (plan_.shares_per_second > 0) {
        if (!submit_next(search_due_, now, out)) ++context_.statistics.not_found;
    } else if (found_) {
        const auto intent = pick_intent(plan_.bad, context_.random);
        const auto bad = find_bad(intent, now);
        if (bad)
            submit(*bad, intent, search_due_, out);
        else
            submit_all(*found_, search_due_, out);
    }
    found_.reset();
    if (now - search_due_ > behind_max) search_due_ = now;
    if (plan_.style->rolls_ntime && search_due_ - job_since_ > 1s)
        begin_search(search_due_);
    else
        search_on();
}

void Sv1Miner::fill(base::SteadyTime now, std::string& out) {
    search_due_ = never;
    if (context_.is_ending || !is_working() || is_stocking(now)) return;
    if (plan_.style->rolls_ntime && now - search_since_ > 1s) begin_search(now);
    search_due_ = never;
    for (int i = 0; sent_.size() < plan_.in_flight; ++i) {
        const bool has_had_its_turn = i == shares_at_once;
        if (!has_had_its_turn && submit_next(now, now, out)) continue;
        search_due_ = has_had_its_turn ? now : now + more_hashes_after;
        return;
    }
}

/// Whether nobody submits yet; finds shares ahead meanwhile.
bool Sv1Miner::is_stocking(base::SteadyTime now) {
    auto& stocking = context_.stocking;
    if (stocking.holds(now)) {
        was_held_ = true;
        while (stock_.size() < stocking.each) {
            auto step = take_hashes(
                search_.search(std::min(context_.hashes.left(now), hashes_a_share_max)));
            if (!step.found) break;
            stock_.push_back(std::move(*step.found));
        }
        if (!is_stocked_ && stock_.size() >= stocking.each) {
            is_stocked_ = true;
            --stocking.lacking;
        }
        search_due_ = now + stocks_every;
        return true;
    }
    // In an open loop the time begins now.
    if (!std::exchange(was_held_, false) || plan_.in_flight > 0) return false;
    search_due_ = now;
    search_on();
    return true;
}

bool Sv1Miner::submit_next(base::SteadyTime since, base::SteadyTime now, std::string& out) {
    const auto intent = pick_intent(plan_.bad, context_.random);
    if (const auto bad = find_bad(intent, now)) {
        submit(*bad, intent, since, out);
        return true;
    }
    if (!stock_.empty()) {
        submit_all(stock_.front(), since, out);
        stock_.pop_front();
        return true;
    }
    const auto step =
        take_hashes(search_.search(std::min(context_.hashes.left(now), hashes_a_share_max)));
    if (step.found) submit_all(*step.found, since, out);
    return step.found.has_value();
}

void Sv1Miner::submit_all(const FoundShare& share, base::SteadyTime since, std::string& out) {
    ++honest_;
    if (plan_.wrong_worker_every != 0 && honest_ % plan_.wrong_worker_every == 0)
        return submit(share, Intent::wrong_worker, since, out);
    last_ = share;
    submit(share, Intent::honest, since, out);
    if (plan_.duplicates_every != 0 && honest_ % plan_.duplicates_every == 0)
        submit(share, Intent::duplicate, since, out);
}

void Sv1Miner::submit(const FoundShare& share, Intent intent, base::SteadyTime since,
                      std::string& out) {
    const auto number = next_id_++;
    journal_share(number, share, intent);
    const auto worker = intent == Intent::wrong_worker ? plan_.user + "-nobody" : plan_.user;
    const auto job_id = job_id_of(intent);
    sv1::Submit call{.worker = worker,
                     .job_id = job_id,
                     .extranonce2 = share.extranonce2,
                     .ntime = share.header.ntime,
                     .nonce = share.header.nonce};
    if (intent == Intent::bad_version)
        call.version_bits = (share.header.version & mask_) | fixed_version_bit;
    else if (plan_.style->rolls_version && mask_ != 0)
        call.version_bits = share.header.version & mask_;
    sv1::append_call(id_of(number), call, out);
    sent_.push_back({number, intent, since});
    ++counts(intent).submitted;
    if (intent == Intent::honest) ++record_.shares.submitted;
}

}  // namespace loadgen
