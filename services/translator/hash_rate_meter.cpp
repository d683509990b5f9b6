#include "translator/hash_rate_meter.h"

#include <chrono>
#include <cmath>

namespace translator {
namespace {

/// In which all but 1/e of a share is forgotten.
constexpr double memory_s = 300;
constexpr double hashes_per_difficulty = 4294967296.0;

double seconds(base::SteadyTime::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

void HashRateMeter::add(double difficulty, base::SteadyTime now) {
    weight_ = weight(now) + difficulty;
    at_ = now;
    ++shares_;
}

double HashRateMeter::weight(base::SteadyTime now) const {
    return weight_ * std::exp(-seconds(now - at_) / memory_s);
}

double HashRateMeter::hash_rate_hps(base::SteadyTime now) const {
    const double age = seconds(now - since_);
    if (age <= 0) return 0;
    // What a steady miner would have gathered since it came.
    const double steady = memory_s * -std::expm1(-age / memory_s);
    return weight(now) * hashes_per_difficulty / steady;
}

}  // namespace translator
