#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

#include "vardiff_bench/algorithm.h"
#include "vardiff_bench/measure.h"
#include "vardiff_bench/optimum.h"

namespace {

using nlohmann::json;
using namespace vardiff_bench;

constexpr double false_change_hours = 4;
constexpr double factors[] = {0.01, 0.1, 0.25, 0.5, 2, 4, 10, 100};

json to_json(const Step& step) {
    return {{"detected", step.detected},
            {"within_mean", step.within_mean},
            {"within_median", step.within_median},
            {"within_90", step.within_90},
            {"outside", step.outside},
            {"silence", step.silence},
            {"flooded", step.flooded},
            {"changes", step.changes},
            {"runs", step.runs}};
}

json to_json(const Restless& restless) {
    return {{"changes_per_hour", restless.changes_per_hour},
            {"silence", restless.silence},
            {"flooded", restless.flooded}};
}

std::string text_of(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", number);
    return text;
}

json measure(Subject subject, std::size_t steady_seeds) {
    auto steady_subject = subject;
    steady_subject.seeds = steady_seeds;
    const auto steady = measure_steady(steady_subject, 24);
    json result{
        {"algorithm", to_string(subject.name)},
        {"shares_per_minute", subject.shares_per_minute},
        {"is_own_rate", subject.shares_per_minute == own_shares_per_minute(subject.name)},
        {"steady", {{"changes_per_hour", steady.changes_per_hour}, {"error", steady.error}}}};
    for (const double factor : factors)
        result["steps"][text_of(factor)] = to_json(measure_step(subject, factor, 20));
    auto few = subject;
    few.seeds = std::max<std::size_t>(60, subject.seeds / 6);
    result["openings"]["1000"] = to_json(measure_opening(few, 1000));
    result["openings"]["0.001"] = to_json(measure_opening(few, 0.001));
    result["on_and_off"] = to_json(measure_on_and_off(few));
    result["jitter"] = to_json(measure_jitter(few));
    result["dying"] = to_json(measure_dying(few));
    return result;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "Runs vardiff algorithms on simulated miners and prints what it measured, as JSON"};
    std::size_t seeds = 3000;
    app.add_option("--seeds", seeds, "Streams of shares for each step")
        ->check(CLI::Range(60, 1'000'000))
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    json result{{"seeds", seeds}, {"false_change_hours", false_change_hours}};
    for (const double factor : factors) {
        const auto best = optimum(factor, 6, false_change_hours, seeds, 8'000'000);
        result["optimum"][text_of(factor)] = {{"delay", best.delay_seconds},
                                              {"false_alarm_hours", best.false_alarm_hours}};
    }
    std::vector<double> rates{6};
    for (const auto name : {Name::sri, Name::ckpool, Name::datum, Name::btcpool}) {
        const double own = own_shares_per_minute(name);
        result["measured"].push_back(measure({name, own, seeds}, seeds / 8));
        if (own == 6) continue;
        result["measured"].push_back(measure({name, 6, seeds}, seeds / 8));
        rates.push_back(own);
    }
    rates.push_back(60);
    for (const double rate : rates)
        result["measured"].push_back(measure({Name::ours, rate, seeds}, seeds / 3));
    // Days after it opened, when what is believed comes from shares alone.
    result["long_run"] = measure_steady({Name::ours, 6, std::max<std::size_t>(20, seeds / 30)}, 240)
                             .changes_per_hour;
    result["late_steps"] = json::object();
    for (const double factor : {0.1, 0.5, 2.0})
        result["late_steps"][text_of(factor)] =
            to_json(measure_step({Name::ours, 6, seeds}, factor, 120));
    std::puts(result.dump(1).c_str());
    return 0;
}
