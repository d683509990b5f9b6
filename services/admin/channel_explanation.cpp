#include "admin/channel_explanation.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "admin/vardiff_policy.h"

namespace admin {
namespace {

namespace vardiff = adit::vardiff::v1;

std::string hash_rate_text(double hps) {
    constexpr const char* units[] = {"H/s", "kH/s", "MH/s", "GH/s", "TH/s", "PH/s", "EH/s"};
    std::size_t unit = 0;
    for (; hps >= 1000 && unit + 1 < std::size(units); ++unit) hps /= 1000;
    return fmt::format("{:.4g} {}", hps, units[unit]);
}

std::string reason_text(vardiff::Decided::Reason reason) {
    switch (reason) {
        case vardiff::Decided::REASON_SILENT: return "silent: no share where";
        case vardiff::Decided::REASON_FELL: return "fell:";
        case vardiff::Decided::REASON_ROSE: return "rose:";
        case vardiff::Decided::REASON_SETTLED: return "settled:";
        case vardiff::Decided::REASON_RECANTED: return "recanted, the change before was chance:";
        default: return "decided:";
    }
}

std::string difficulty_text(const std::string& target) {
    return fmt::format("{:.6g}", difficulty_of_bytes(target));
}

std::string text_of(const vardiff::HistoryEntry& entry) {
    switch (entry.what_case()) {
        case vardiff::HistoryEntry::kOpened:
            return fmt::format("opened with a nominal {}, difficulty {}",
                               hash_rate_text(entry.opened().nominal_hash_rate()),
                               difficulty_text(entry.opened().target()));
        case vardiff::HistoryEntry::kFound:
            return fmt::format("found in the log, difficulty {}",
                               difficulty_text(entry.found().target()));
        case vardiff::HistoryEntry::kDecided: {
            const auto& decided = entry.decided();
            return fmt::format("{} {:.0f} shares where {:.1f} were due, {} is {}, difficulty {}",
                               reason_text(decided.reason()), decided.shares(), decided.expected(),
                               hash_rate_text(decided.hash_rate_before()),
                               hash_rate_text(decided.hash_rate()),
                               difficulty_text(decided.target()));
        }
        case vardiff::HistoryEntry::kRebased:
            return fmt::format("another policy or limit, difficulty {}",
                               difficulty_text(entry.rebased().target()));
        case vardiff::HistoryEntry::kRestated:
            return fmt::format("says that it has {} now",
                               hash_rate_text(entry.restated().nominal_hash_rate()));
        case vardiff::HistoryEntry::kApplied:
            return fmt::format("sent to the miner, difficulty {}",
                               difficulty_text(entry.applied().target()));
        case vardiff::HistoryEntry::WHAT_NOT_SET: break;
    }
    return "something that this admin does not know";
}

}  // namespace

adit::admin::v1::ExplainChannelResponse to_explanation(const vardiff::ExplainResponse& explained) {
    adit::admin::v1::ExplainChannelResponse response;
    response.set_believed_hash_rate(explained.hash_rate());
    response.set_aimed_hash_rate(explained.aimed_hash_rate());
    response.set_wanted_shares_per_minute(explained.policy().shares_per_minute());
    for (const auto& entry : explained.history())
        response.add_history(fmt::format(
            "{:%Y-%m-%dT%H:%M:%SZ} {}",
            fmt::gmtime(static_cast<std::time_t>(entry.at_us() / 1'000'000)), text_of(entry)));
    for (const auto& chart : explained.charts()) {
        auto& evidence = *response.add_evidence();
        evidence.set_ratio(chart.ratio());
        evidence.set_statistic(chart.statistic());
        evidence.set_threshold(chart.threshold());
    }
    return response;
}

}  // namespace admin
