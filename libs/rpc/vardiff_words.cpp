#include "rpc/vardiff_words.h"

#include <fmt/format.h>

#include <iterator>

#include "bitcoin/difficulty.h"
#include "rpc/template_codec.h"

namespace rpc {
namespace {

namespace vardiff = adit::vardiff::v1;

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

}  // namespace

std::string hash_rate_text(double hashes_per_second) {
    constexpr const char* units[] = {"H/s", "kH/s", "MH/s", "GH/s", "TH/s", "PH/s", "EH/s"};
    std::size_t unit = 0;
    for (; hashes_per_second >= 1000 && unit + 1 < std::size(units); ++unit)
        hashes_per_second /= 1000;
    return fmt::format("{:.4g} {}", hashes_per_second, units[unit]);
}

std::string difficulty_text(const std::string& target) {
    const auto value = read_uint256(target);
    if (!value) return "?";
    return fmt::format("{:.6g}", bitcoin::approximate_difficulty({*value}));
}

std::string history_text(const vardiff::HistoryEntry& entry) {
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
    return "something that this version does not know";
}

}  // namespace rpc
