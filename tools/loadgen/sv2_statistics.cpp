#include "loadgen/sv2_statistics.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace loadgen {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto without_work_told = std::chrono::seconds{5};

double seconds(base::SteadyTime::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

void Sv2Statistics::add_without_work(WithoutWork without) {
    longest_without_work = std::max(longest_without_work, without.to - without.from);
    if (without.to - without.from > without_work_told) without_work.push_back(std::move(without));
}

Json Sv2Statistics::summary(base::SteadyTime started,
                            const std::function<std::int64_t(base::SteadyTime)>& unix_us) const {
    Json long_ones = Json::array();
    for (const auto& one : without_work)
        long_ones.push_back({{"miner", one.miner},
                             {"seconds", seconds(one.to - one.from)},
                             {"from_us", unix_us(one.from)},
                             {"to_us", unix_us(one.to)}});
    const auto at = [&](std::optional<base::SteadyTime> moment) {
        return moment ? Json(seconds(*moment - started)) : Json{};
    };
    Json ends = Json::array();
    for (const auto& one : reconnects)
        ends.push_back({{"at", seconds(one.at - started)},
                        {"asked", one.is_asked},
                        {"works_again", at(one.works_again)},
                        {"accepted_again", at(one.accepted_again)}});
    return {
        {"protocol", "sv2"},
        {"share_rate", share_rate},
        {"channels_opened", channels_opened},
        {"channels_refused", channels_refused},
        {"late_us", to_json(late)},
        {"without_work", {{"longest_s", seconds(longest_without_work)}, {"over_5s", long_ones}}},
        {"reconnects", ends}};
}

}  // namespace loadgen
