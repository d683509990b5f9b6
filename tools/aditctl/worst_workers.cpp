#include "aditctl/worst_workers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "aditctl/text.h"

namespace aditctl {

using adit::admin::v1::Worker;

double certain_loss(const Worker& worker) {
    if (worker.state() == Worker::STATE_SILENT) return 1;
    constexpr double z = 2;
    const auto rejected = static_cast<double>(worker.shares_last_hour().rejected());
    const auto all = rejected + static_cast<double>(worker.shares_last_hour().accepted());
    if (rejected <= 0) return 0;
    const double part = rejected / all;
    const double center = part + z * z / (2 * all);
    const double spread = z * std::sqrt(part * (1 - part) / all + z * z / (4 * all * all));
    return std::max(0.0, (center - spread) / (1 + z * z / all));
}

std::vector<Worker> worst_first(std::vector<Worker> workers) {
    std::set<std::string> seen;
    std::erase_if(workers,
                  [&](const Worker& worker) { return !seen.insert(worker.name()).second; });
    const auto rank = [](const Worker& worker) {
        return std::tuple{-certain_loss(worker), -worker.hash_rates().last_day(), worker.name()};
    };
    std::ranges::sort(workers, {}, rank);
    return workers;
}

std::string loss_text(const Worker& worker) {
    if (worker.state() == Worker::STATE_SILENT)
        return fmt::format("silent; its day's average is {}",
                           hash_rate_text(worker.hash_rates().last_day()));
    const auto& shares = worker.shares_last_hour();
    if (shares.rejected() == 0) return "-";
    const auto most =
        std::max_element(shares.rejected_by_reason().begin(), shares.rejected_by_reason().end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    return fmt::format(
        "{} of {} shares refused{}", shares.rejected(), shares.rejected() + shares.accepted(),
        most == shares.rejected_by_reason().end() ? "" : ", most: " + printable(most->first));
}

}  // namespace aditctl
