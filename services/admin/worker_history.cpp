#include "admin/worker_history.h"

#include <algorithm>
#include <string>

#include "admin/row_fields.h"

namespace admin {

History worker_history(const Miner& miner, base::UnixMicros now, std::chrono::seconds window) {
    using namespace std::chrono_literals;
    History history;
    history.step = MinerWindows::day_step;
    // Before anything is known of the log.
    if (now == base::UnixMicros{}) return history;
    window = std::clamp<std::chrono::seconds>(window, history.step, 24h);
    const double minutes = std::chrono::duration<double, std::ratio<60>>{history.step}.count();
    const auto end = now.time_since_epoch() / history.step;
    const auto first = end - window / history.step;
    for (auto number = first; number < end; ++number) {
        auto& point = history.points.emplace_back();
        const base::UnixMicros start{number * history.step};
        set_time(*point.mutable_start_time(), start);
        if (!miner.windows) continue;
        const auto& steps = miner.windows->steps();
        const auto step = std::ranges::lower_bound(
            steps, number, {}, [](const auto& each) { return std::int64_t{each.number}; });
        if (step != steps.end() && step->number == number) {
            point.set_hash_rate(hash_rate_of(static_cast<double>(step->work), minutes * 60));
            point.set_accepted_per_minute(step->accepted / minutes);
        }
        const auto rejects = miner.windows->rejects().sum(start, start + history.step - 1us);
        double all = 0;
        for (std::size_t i = 0; i < rejects.size(); ++i) {
            if (rejects[i] <= 0) continue;
            all += rejects[i] / minutes;
            const std::string reason{mining::error_code(mining::share_errors[i])};
            (*point.mutable_rejected_per_minute_by_reason())[reason] = rejects[i] / minutes;
        }
        point.set_rejected_per_minute(all);
    }
    return history;
}

}  // namespace admin
