#include "translator/update_debounce.h"

#include <cmath>

namespace translator {

void UpdateDebounce::opened_with(const Demand& demand, base::SteadyTime now) {
    told_ = demand;
    told_at_ = now;
}

std::optional<Demand> UpdateDebounce::due(const Demand& demand, base::SteadyTime now) {
    const auto since = now - told_at_;
    if (since < interval) return std::nullopt;
    const double off = std::abs(demand.hash_rate_hps - told_.hash_rate_hps);
    const bool has_drifted =
        demand.max_target != told_.max_target || off > drift_min * told_.hash_rate_hps;
    if (!is_marked_ && (!has_drifted || since < drift_interval)) return std::nullopt;
    is_marked_ = false;
    if (demand == told_) return std::nullopt;
    told_ = demand;
    told_at_ = now;
    return demand;
}

}  // namespace translator
