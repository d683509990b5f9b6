#include "vardiff_bench/simulation.h"

#include <cmath>
#include <limits>

namespace vardiff_bench {

double Stream::uniform() {
    state_ += 0x9e3779b97f4a7c15U;
    auto z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    z ^= z >> 31;
    return (static_cast<double>(z >> 11) + 1) * 0x1p-53;
}

double Stream::exponential() {
    return -std::log(uniform());
}

double Stream::normal() {
    return std::sqrt(2 * exponential()) * std::cos(2 * M_PI * uniform());
}

namespace {

/// When a miner that is at `now` has done `hashes` more.
class Miner {
  public:
    Miner(const Run& run, double hash_rate) : run_(run), hash_rate_(hash_rate) {}
    double after(double now, double hashes) {
        while (true) {
            while (at_ + 1 < run_.phases.size() && run_.phases[at_ + 1].since <= now) ++at_;
            const double rate = run_.phases[at_].rate * hash_rate_;
            const double end = at_ + 1 < run_.phases.size() ? run_.phases[at_ + 1].since
                                                            : std::numeric_limits<double>::max();
            if (rate > 0 && now + hashes / rate <= end) return now + hashes / rate;
            if (end > run_.seconds) return std::numeric_limits<double>::max();
            hashes -= (end - now) * rate;
            now = end;
        }
    }

  private:
    const Run& run_;
    double hash_rate_;
    std::size_t at_{};
};

}  // namespace

Trace simulate(Algorithm& algorithm, const Run& run, double hash_rate, double shares_per_minute,
               double opens_at, std::uint64_t seed) {
    Stream stream{seed};
    Miner miner{run, hash_rate};
    double work = hash_rate * 60 / shares_per_minute / opens_at;
    algorithm.open(work);
    Trace trace;
    trace.retargets.push_back({0, work});
    const double tick = algorithm.tick();
    double next_tick = tick;
    double found = miner.after(0, stream.exponential() * work);
    double arrives = found;
    while (true) {
        const bool is_tick = next_tick <= arrives;
        const double now = is_tick ? next_tick : arrives;
        if (now > run.seconds) return trace;
        std::optional<double> next;
        if (is_tick) {
            next = algorithm.on_tick(now);
            next_tick += tick;
        } else {
            trace.shares.push_back(now);
            next = algorithm.on_share(now);
        }
        if (next) {
            work = *next;
            trace.retargets.push_back({now, work});
        }
        if (is_tick && !next) continue;
        if (is_tick && arrives > found && found <= now) continue;  // it is on its way already
        // Shares have no memory: the next one is drawn anew when the target has changed.
        found = miner.after(is_tick ? now : std::max(found, next ? now : found),
                            stream.exponential() * work);
        arrives = run.delay ? std::max(now, found + run.delay(stream)) : found;
    }
}

}  // namespace vardiff_bench
