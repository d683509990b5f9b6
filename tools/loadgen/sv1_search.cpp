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
// Half as much again is what shares of a few minutes look like, whatever the hash rate.
const double off_by_chance = std::log2(1.5);
// What a miner suggests comes behind its first job: so long, changes of a difficulty are its own.
constexpr auto greeting_time = 3s;
// Who was held up for longer does not catch up.
constexpr auto behind_max = 1s;

}  // namespace

void Sv1Miner::on_notify(const sv1::Notify& notify, base::SteadyTime now) {
    if (!is_subscribed_) return odd("a job before the answer to subscribe");
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
        context_.statistics.tips.heard(prev_hash, now);
        if (!notify.clean_jobs) odd("a new block without clean_jobs");
    }
    job_ = job_of(notify, extranonce1_, extranonce2_size_, sv1::target_of(difficulty_));
    is_job_written_ = false;
    job_since_ = now;
    if (!is_authorized_) return;
    watch_.has_work(now);
    begin_search(now);
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

void Sv1Miner::begin_search(base::SteadyTime from) {
    std::uint32_t version = job_->version;
    if (plan_.style->rolls_version && mask_ != 0)
        version = (version & ~mask_) | ((static_cast<std::uint32_t>(++rolls_) << 13) & mask_);
    std::uint32_t ntime = job_->ntime;
    if (plan_.style->rolls_ntime)
        ntime += static_cast<std::uint32_t>(std::max<std::int64_t>((from - job_since_) / 1s, 0));
    search_.begin(*job_, extranonce2_of(extranonce2_++, extranonce2_size_), ntime, version);
    search_due_ = from;
    found_.reset();
    search_on();
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
    if (plan_.shares_per_second > 0) {
        auto step = search_.search(hashes_a_share_max);
        context_.statistics.hashes += step.hashes;
        found_ = std::move(step.found);
        if (!found_) odd("a difficulty that is too high for the given rate of shares");
    }
    if (found_) submit_all(*found_, now, out);
    found_.reset();
    if (now - search_due_ > behind_max) search_due_ = now;
    if (plan_.style->rolls_ntime && search_due_ - job_since_ > 1s)
        begin_search(search_due_);
    else
        search_on();
    return Wish::stay;
}

void Sv1Miner::submit_all(const FoundShare& share, base::SteadyTime now, std::string& out) {
    ++honest_;
    if (plan_.wrong_worker_every != 0 && honest_ % plan_.wrong_worker_every == 0)
        return submit(share, Intent::wrong_worker, now, out);
    submit(share, Intent::honest, now, out);
    if (plan_.duplicates_every != 0 && honest_ % plan_.duplicates_every == 0)
        submit(share, Intent::duplicate, now, out);
}

void Sv1Miner::submit(const FoundShare& share, Intent intent, base::SteadyTime now,
                      std::string& out) {
    const auto number = next_id_++;
    if (!std::exchange(is_job_written_, true)) context_.journal.job(connection_, *job_);
    context_.journal.share(connection_, number, *job_, share);
    const auto worker = intent == Intent::wrong_worker ? plan_.user + "-nobody" : plan_.user;
    sv1::Submit call{.worker = worker,
                     .job_id = job_->id,
                     .extranonce2 = share.extranonce2,
                     .ntime = share.header.ntime,
                     .nonce = share.header.nonce};
    if (plan_.style->rolls_version && mask_ != 0) call.version_bits = share.header.version & mask_;
    sv1::append_call(id_of(number), call, out);
    sent_.push_back({number, intent, now});
    ++counts(intent).submitted;
    if (intent == Intent::honest) ++record_.shares.submitted;
}

}  // namespace loadgen
