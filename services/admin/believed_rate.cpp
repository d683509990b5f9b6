#include "admin/believed_rate.h"

#include <algorithm>
#include <cmath>

namespace admin {
namespace {

/// What a miner says of itself weighs as so many shares.
constexpr double declared_weight = 8;
/// After a silence the old rate does.
constexpr double resumed_weight = 4;
/// How fast the past is forgotten: a share a minute still leaves twenty to judge by.
constexpr double forget_seconds = 1200;
/// Beyond it nobody waits for.
constexpr double never_seconds = 30.0 * 86'400;

}  // namespace

void BelievedRate::begin(double hash_rate, double hashes_per_share, base::UnixMicros at) {
    until_ = at;
    shares_ = hashes_ = seconds_ = 0;
    if (!(hash_rate > 0) || !std::isfinite(hash_rate)) return;
    shares_ = declared_weight;
    hashes_ = declared_weight * hashes_per_share;
    seconds_ = hashes_ / hash_rate;
}

void BelievedRate::pass(base::UnixMicros until) {
    if (until_ == base::UnixMicros{}) until_ = until;
    if (until <= until_) return;
    const double kept =
        std::exp(-std::chrono::duration<double>{until - until_}.count() / forget_seconds);
    shares_ *= kept;
    hashes_ *= kept;
    seconds_ = seconds_ * kept + forget_seconds * (1 - kept);
    until_ = until;
}

void BelievedRate::share(double hashes, base::UnixMicros at) {
    pass(at);
    shares_ += 1;
    hashes_ += hashes;
}

void BelievedRate::resume(base::UnixMicros at) {
    if (shares_ > resumed_weight) {
        const double kept = resumed_weight / shares_;
        shares_ *= kept;
        hashes_ *= kept;
        seconds_ *= kept;
    }
    until_ = std::max(until_, at);
}

double BelievedRate::silence_probability(std::chrono::microseconds silent_for,
                                         double hashes_per_share) const {
    if (shares_ <= 0 || silent_for.count() <= 0) return 1;
    const double expected =
        hash_rate() * std::chrono::duration<double>{silent_for}.count() / hashes_per_share;
    return std::exp(-shares_ * std::log1p(expected / shares_));
}

std::chrono::microseconds BelievedRate::silent_after(double hashes_per_share) const {
    const double rate = hash_rate();
    double seconds = never_seconds;
    if (shares_ > 0 && rate > 0) {
        const double expected = shares_ * std::expm1(-std::log(silent_below) / shares_);
        seconds = std::min(never_seconds, expected * hashes_per_share / rate);
    }
    return std::chrono::microseconds{static_cast<std::int64_t>(seconds * 1e6)};
}

}  // namespace admin
