#include "miner/sv1_jobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "miner/printable.h"
#include "sv1/difficulty.h"

namespace miner {
namespace {

constexpr std::size_t jobs_max = 64;
// Several firmwares take a job for a repetition whose id is among so many before it.
constexpr std::size_t remembered_ids = 16;

// How many bytes of the extranonce are the job's own, so that enough are left to roll.
std::size_t serial_size(std::size_t extranonce2_size) {
    if (extranonce2_size >= 6) return 2;
    return extranonce2_size >= 3 ? 1 : 0;
}

}  // namespace

Sv1Jobs::Sv1Jobs(std::uint64_t connection, std::uint32_t& serial)
    : connection_(connection), serial_(serial) {}

bool Sv1Jobs::on_difficulty(double difficulty) {
    difficulty_ = difficulty;
    return !std::exchange(is_difficulty_new_, true);
}

bool Sv1Jobs::on_mask(std::uint32_t mask, base::SteadyTime now) {
    mask_ = mask;
    if (!offer_ || !offer_->mask || (*offer_->mask & ~mask) == 0) return false;
    offer_->mask = *offer_->mask & mask;
    const auto elapsed = std::chrono::floor<std::chrono::seconds>(now - offer_->arrived_at);
    offer_->ntime += static_cast<std::uint32_t>(elapsed.count());
    offer_->arrived_at = now;
    jobs_.clear();
    begin_work();
    return true;
}

std::vector<std::string> Sv1Jobs::on_notify(const sv1::Notify& notify, base::SteadyTime now) {
    std::vector<std::string> odd;
    const auto recent =
        jobs_.end() - static_cast<std::ptrdiff_t>(std::min(jobs_.size(), remembered_ids));
    if (std::any_of(recent, jobs_.end(), [&](const Job& job) { return job.id == notify.job_id; }))
        odd.push_back(fmt::format("job id {} names two jobs in a row", printable(notify.job_id)));
    const bool has_new_tip = !offer_ || offer_->prev_hash.value != notify.prev_hash;
    if (has_new_tip && offer_ && !notify.clean_jobs)
        odd.emplace_back("a job of another block does not say clean_jobs");
    if (has_new_tip || notify.clean_jobs) {
        ++tip_;
        jobs_.clear();
    }

    auto coinbase = std::make_shared<Coinbase>();
    coinbase->prefix = base::to_bytes(notify.coinbase1);
    coinbase->suffix = base::to_bytes(notify.coinbase2);
    coinbase->merkle_path.assign(notify.merkle_branch.begin(), notify.merkle_branch.end());
    offer_ = Offer{.id = std::string{notify.job_id},
                   .version = notify.version,
                   .nbits = notify.nbits,
                   .ntime = notify.ntime,
                   .arrived_at = now,
                   .prev_hash = {notify.prev_hash},
                   .coinbase = std::move(coinbase),
                   .difficulty = difficulty_,
                   .extranonce = *extranonce_,
                   .mask = mask_};
    is_difficulty_new_ = false;
    begin_work();
    return odd;
}

void Sv1Jobs::begin_work() {
    const auto& offer = *offer_;
    const sv2::JobId serial{++serial_};
    if (jobs_.size() == jobs_max) jobs_.pop_front();
    jobs_.push_back({.serial = serial,
                     .id = offer.id,
                     .difficulty = offer.difficulty,
                     .mask = offer.mask,
                     .extranonce1 = offer.extranonce.extranonce1});
    const std::size_t own = serial_size(offer.extranonce.extranonce2_size);
    auto prefix = offer.extranonce.extranonce1;
    for (std::size_t i = 0; i < own; ++i)
        prefix.push_back(static_cast<std::byte>((serial.value >> (8 * i)) & 0xff));
    work_ = Work{.connection = connection_,
                 .channel = 0,
                 .tip = tip_,
                 .job_id = serial,
                 .version = offer.version,
                 .version_mask = offer.mask.value_or(0),
                 .prev_hash = offer.prev_hash,
                 .nbits = offer.nbits,
                 .min_ntime = offer.ntime,
                 .ntime_since = offer.arrived_at,
                 .target = sv1::target_of(offer.difficulty),
                 .root = offer.coinbase,
                 .extranonce_prefix = std::move(prefix),
                 .extranonce_size = offer.extranonce.extranonce2_size - own};
}

const Sv1Jobs::Job* Sv1Jobs::find(const FoundShare& share) const {
    if (share.connection != connection_ || share.tip != tip_) return nullptr;
    const auto found = std::find_if(jobs_.begin(), jobs_.end(),
                                    [&](const Job& job) { return job.serial == share.job_id; });
    return found == jobs_.end() ? nullptr : &*found;
}

}  // namespace miner
