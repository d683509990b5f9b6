#include "retarget/evidence.h"

#include <algorithm>
#include <cmath>

namespace retarget {
namespace {

const std::array<double, chart_count> logarithms = [] {
    std::array<double, chart_count> result{};
    for (std::size_t i = 0; i < chart_count; ++i) result[i] = std::log(ratios[i]);
    return result;
}();

}  // namespace

void Evidence::silence(double expected) {
    silence_ += expected;
    for (std::size_t i = 0; i < chart_count; ++i) {
        auto& chart = charts_[i];
        if (chart.statistic < 0) {  // a debt, of a chart for more
            chart.statistic -= (1 - ratios[i]) * expected;
            if (chart.statistic >= 0) chart = {};
            continue;
        }
        chart.statistic += (1 - ratios[i]) * expected;
        chart.expected += expected;
        if (chart.statistic <= 0) chart = {};
    }
}

void Evidence::rescale(double ratio) {
    silence_ *= ratio;
    for (std::size_t i = 0; i < chart_count; ++i) {
        auto& chart = charts_[i];
        if (chart.statistic < 0) continue;
        chart.expected *= ratio;
        chart.statistic = chart.shares * logarithms[i] + (1 - ratios[i]) * chart.expected;
        if (chart.statistic <= 0) chart = {};
    }
}

void Evidence::share() {
    const double unusual = std::max(0.0, silence_ - silence_usual);
    silence_ = 0;
    for (std::size_t i = 0; i < chart_count; ++i) {
        auto& chart = charts_[i];
        const bool is_for_more = ratios[i] > 1;
        if (is_for_more) chart.statistic += (1 - ratios[i]) * unusual;
        const bool was_in_debt = chart.statistic < 0;
        chart.statistic += logarithms[i];
        chart.shares += 1;
        if (was_in_debt ? chart.statistic >= 0 : chart.statistic <= 0) chart = {};
    }
}

}  // namespace retarget
