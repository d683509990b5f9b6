#include "vardiff_bench/algorithm.h"

#include "retarget/track.h"
#include "vardiff_bench/published.h"

namespace vardiff_bench {
namespace {

base::UnixMicros moment(double seconds) {
    return base::UnixMicros{std::chrono::microseconds{static_cast<std::int64_t>(seconds * 1e6)}};
}

/// The library, as the service uses it: a look after each share and every second.
class Ours final : public Algorithm {
  public:
    explicit Ours(double shares_per_minute) {
        policy_.shares_per_minute = shares_per_minute;
        rules_ = retarget::rules(policy_);
    }
    void open(double hashes_per_share) override {
        track_.emplace(hashes_per_share * policy_.shares_per_minute / 60, hashes_per_share,
                       moment(0));
    }
    std::optional<double> on_share(double now) override {
        track_->share(moment(now));
        return look(now);
    }
    std::optional<double> on_tick(double now) override {
        track_->advance_to(moment(now));
        return look(now);
    }

  private:
    std::optional<double> look(double now) {
        const auto change = track_->decide(rules_);
        if (!change) return std::nullopt;
        const double work = std::max(1.0, change->hash_rate * 60 / policy_.shares_per_minute);
        track_->set_hashes_per_share(work, moment(now));
        return work;
    }
    retarget::Policy policy_{};
    retarget::Rules rules_{};
    std::optional<retarget::Track> track_{};
};

}  // namespace

std::string to_string(Name name) {
    switch (name) {
        case Name::ours: return "adit";
        case Name::sri: return "SRI classic";
        case Name::ckpool: return "ckpool";
        case Name::datum: return "DATUM";
        case Name::btcpool: return "btcpool";
    }
    return "?";
}

double own_shares_per_minute(Name name) {
    switch (name) {
        case Name::ours: return 6;
        case Name::sri: return 6;
        case Name::ckpool: return 18;
        case Name::datum: return 8;
        case Name::btcpool: return 6;
    }
    return 6;
}

std::unique_ptr<Algorithm> make(Name name, double shares_per_minute) {
    if (name == Name::ours) return std::make_unique<Ours>(shares_per_minute);
    return make_published(name, shares_per_minute);
}

}  // namespace vardiff_bench
