#include "retarget/evidence.h"

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
    for (std::size_t i = 0; i < chart_count; ++i) {
        auto& chart = charts_[i];
        chart.statistic += (1 - ratios[i]) * expected;
        chart.expected += expected;
        if (chart.statistic <= 0) chart = {};
    }
}

void Evidence::rescale(double ratio) {
    for (std::size_t i = 0; i < chart_count; ++i) {
        auto& chart = charts_[i];
        chart.expected *= ratio;
        chart.statistic = chart.shares * logarithms[i] + (1 - ratios[i]) * chart.expected;
        if (chart.statistic <= 0) chart = {};
    }
}

void Evidence::share() {
    for (std::size_t i = 0; i < chart_count; ++i) {
        auto& chart = charts_[i];
        chart.statistic += logarithms[i];
        chart.shares += 1;
        if (chart.statistic <= 0) chart = {};
    }
}

}  // namespace retarget
