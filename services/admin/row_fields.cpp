#include "admin/row_fields.h"

#include <array>
#include <cmath>
#include <string>

namespace admin {
namespace {

/// What a difficulty of 1 costs on average: 2^32 and one part in 65,536.
constexpr double hashes_per_difficulty = 4294967296.0 * 65536 / 65535;

}  // namespace

double round_to_three_digits(double value) {
    if (!(value > 0) || !std::isfinite(value)) return 0;
    const double scale = std::pow(10.0, 2 - std::floor(std::log10(value)));
    const double rounded = std::round(value * scale) / scale;
    return std::isfinite(rounded) ? rounded : value;
}

double hash_rate_of(double work, double seconds) {
    return work * hashes_per_difficulty / seconds;
}

bool set_time(google::protobuf::Timestamp& to, base::UnixMicros at) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    const auto whole = static_cast<std::int64_t>(seconds.time_since_epoch().count());
    const auto nanoseconds = static_cast<std::int32_t>((at - seconds).count() * 1000);
    if (to.seconds() == whole && to.nanos() == nanoseconds) return false;
    to.set_seconds(whole);
    to.set_nanos(nanoseconds);
    return true;
}

bool set_rates(adit::admin::v1::HashRates& to, const WorkWindows& work) {
    const double minute = round_to_three_digits(hash_rate_of(work.minute, 60));
    const double five_minutes = round_to_three_digits(hash_rate_of(work.five_minutes, 300));
    const double hour = round_to_three_digits(hash_rate_of(work.hour, 3600));
    const double day = round_to_three_digits(hash_rate_of(work.day, 86'400));
    bool changed = false;
    assign(changed, to.last_minute(), minute, [&](double v) { to.set_last_minute(v); });
    assign(changed, to.last_5_minutes(), five_minutes, [&](double v) { to.set_last_5_minutes(v); });
    assign(changed, to.last_hour(), hour, [&](double v) { to.set_last_hour(v); });
    assign(changed, to.last_day(), day, [&](double v) { to.set_last_day(v); });
    return changed;
}

bool set_counts(adit::admin::v1::ShareCounts& to, const WindowCounts& counts) {
    const auto whole = [](double count) { return static_cast<std::uint64_t>(std::llround(count)); };
    bool changed = false;
    const auto accepted = whole(counts.accepted);
    std::uint64_t rejected = 0;
    for (std::size_t i = 0; i < counts.rejected.size(); ++i) {
        const auto count = whole(counts.rejected[i]);
        rejected += count;
        // Most have none, and looking into a map is what costs.
        if (count == 0 && to.rejected_by_reason().empty()) continue;
        const std::string reason{mining::error_code(mining::share_errors[i])};
        auto& reasons = *to.mutable_rejected_by_reason();
        const auto known = reasons.find(reason);
        const bool differs = known == reasons.end() ? count != 0 : known->second != count;
        if (!differs) continue;
        changed = true;
        if (count == 0)
            reasons.erase(reason);
        else
            reasons[reason] = count;
    }
    const auto all = accepted + rejected;
    const double ratio = all == 0 ? 1 : static_cast<double>(accepted) / static_cast<double>(all);
    assign(changed, to.accepted(), accepted, [&](std::uint64_t v) { to.set_accepted(v); });
    assign(changed, to.rejected(), rejected, [&](std::uint64_t v) { to.set_rejected(v); });
    assign(changed, to.valid_ratio(), ratio, [&](double v) { to.set_valid_ratio(v); });
    assign(changed, to.work(), counts.work, [&](double v) { to.set_work(v); });
    return changed;
}

}  // namespace admin
