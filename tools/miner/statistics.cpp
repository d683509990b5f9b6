#include "miner/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace miner {
namespace {

constexpr std::size_t waited_max = 100'000;
// Codes come from the pool; one that invents them must not fill our memory.
constexpr std::size_t codes_max = 64;

double seconds_between(base::SteadyTime from, base::SteadyTime to) {
    return std::max(1e-3, std::chrono::duration<double>(to - from).count());
}

std::string reasons(const std::map<std::string, std::uint64_t>& counts) {
    std::string text;
    for (const auto& [code, number] : counts)
        text += fmt::format("{}{} {}", text.empty() ? " (" : ", ", code, number);
    if (!text.empty()) text += ')';
    return text;
}

}  // namespace

std::string with_unit(double value) {
    constexpr const char* units[] = {"", "k", "M", "G", "T", "P", "E"};
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < std::size(units)) {
        value /= 1000;
        ++unit;
    }
    return fmt::format("{:.{}f} {}", value, value < 10 ? 2 : value < 100 ? 1 : 0, units[unit]);
}

void Statistics::count(Counts& counts, const std::string& code) {
    if (counts.contains(code) || counts.size() < codes_max)
        ++counts[code];
    else
        ++counts["other"];
}

void Statistics::share_submitted(const FoundShare& share) {
    ++submitted_;
    const auto network_target = bitcoin::expand_nbits(share.header.nbits);
    if (network_target && network_target->is_met_by(share.hash)) ++blocks_found_;
}

void Statistics::shares_accepted(std::uint64_t count, std::uint64_t sum,
                                 const std::vector<base::SteadyTime::duration>& waited) {
    accepted_ += count;
    accepted_sum_ += sum;
    for (const auto one : waited) {
        const auto microseconds = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(one).count());
        if (waited_us_.size() < waited_max)
            waited_us_.push_back(microseconds);
        else
            waited_us_[next_waited_++ % waited_max] = microseconds;
    }
}

void Statistics::share_rejected(const std::string& code) {
    ++rejected_;
    count(rejected_by_code_, code);
}

std::uint64_t Statistics::waited_us(double quantile) const {
    if (waited_us_.empty()) return 0;
    auto sorted = waited_us_;
    const auto at = static_cast<std::ptrdiff_t>(quantile * static_cast<double>(sorted.size() - 1));
    std::nth_element(sorted.begin(), sorted.begin() + at, sorted.end());
    return sorted[static_cast<std::size_t>(at)];
}

std::string Statistics::status_line(std::uint64_t hashes, std::size_t open_channels,
                                    base::SteadyTime now) {
    const double rate =
        static_cast<double>(hashes - last_status_hashes_) / seconds_between(last_status_at_, now);
    last_status_hashes_ = hashes;
    last_status_at_ = now;
    return fmt::format("{}H/s  channels {}  submitted {}  accepted {}  rejected {}{}  blocks {}",
                       with_unit(rate), open_channels, submitted_, accepted_, rejected_,
                       reasons(rejected_by_code_), blocks_found_);
}

std::string Statistics::summary_json(std::uint64_t hashes, std::uint64_t outstanding,
                                     base::SteadyTime now) const {
    const double seconds = seconds_between(started_, now);
    const nlohmann::ordered_json summary{
        {"seconds", seconds},
        {"hashes", hashes},
        {"hashes_per_second", static_cast<double>(hashes) / seconds},
        {"connections", connections_},
        {"connections_lost", connections_lost_},
        {"channels_opened", channels_opened_},
        {"channels_refused", channels_refused_},
        {"sessions_resumed", sessions_resumed_},
        {"shares_submitted", submitted_},
        {"shares_accepted", accepted_},
        {"shares_accepted_sum", accepted_sum_},
        {"shares_rejected", rejected_by_code_},
        {"shares_unknown", unknown_ + outstanding},
        {"blocks_found", blocks_found_},
        {"answer_us", {{"p50", waited_us(0.5)}, {"p99", waited_us(0.99)}, {"max", waited_us(1)}}}};
    return summary.dump(2) + "\n";
}

std::string Statistics::summary_line(std::uint64_t hashes, std::uint64_t outstanding,
                                     base::SteadyTime now) const {
    const double seconds = seconds_between(started_, now);
    return fmt::format(
        "{:.1f} s at {}H/s: {} shares submitted, {} accepted, {} rejected{}, {} unknown, {} blocks",
        seconds, with_unit(static_cast<double>(hashes) / seconds), submitted_, accepted_, rejected_,
        reasons(rejected_by_code_), unknown_ + outstanding, blocks_found_);
}

}  // namespace miner
