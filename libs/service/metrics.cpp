#include "service/metrics.h"

#include <fmt/format.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <numeric>

#include "base/ensure.h"

namespace service {
namespace {

bool is_metric_name(std::string_view name) {
    return name.starts_with("adit_") &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
               std::string_view::npos;
}

prometheus::ClientMetric to_client_metric(const Counter& counter) {
    prometheus::ClientMetric metric;
    metric.counter.value = static_cast<double>(counter.value());
    return metric;
}

prometheus::ClientMetric to_client_metric(const Sum& sum) {
    prometheus::ClientMetric metric;
    metric.counter.value = sum.value();
    return metric;
}

prometheus::ClientMetric to_client_metric(const Gauge& gauge) {
    prometheus::ClientMetric metric;
    metric.gauge.value = gauge.value();
    return metric;
}

prometheus::ClientMetric to_client_metric(const Histogram& histogram) {
    prometheus::ClientMetric metric;
    auto& out = metric.histogram;
    for (std::size_t i = 0; i < histogram.bounds().size(); ++i) {
        out.sample_count += histogram.counts()[i];
        out.bucket.push_back(
            {.cumulative_count = out.sample_count, .upper_bound = histogram.bounds()[i]});
    }
    out.sample_count += histogram.counts().back();
    out.sample_sum = histogram.sum();
    return metric;
}

constexpr auto type_of(const Family<Counter>*) {
    return prometheus::MetricType::Counter;
}
constexpr auto type_of(const Family<Sum>*) {
    return prometheus::MetricType::Counter;
}
constexpr auto type_of(const Family<Gauge>*) {
    return prometheus::MetricType::Gauge;
}
constexpr auto type_of(const Family<Histogram>*) {
    return prometheus::MetricType::Histogram;
}

template <class Metric>
void collect(const Family<Metric>& family, prometheus::MetricFamily& out) {
    out.type = type_of(&family);
    for (const auto& [values, value] : family.series()) {
        auto metric = to_client_metric(value);
        for (std::size_t i = 0; i < values.size(); ++i)
            metric.label.push_back({.name = family.label_names()[i], .value = values[i]});
        out.metric.push_back(std::move(metric));
    }
}

Registry::Sample sample_of(std::string name, const std::vector<std::string>& label_names,
                           const std::vector<std::string>& label_values, double value) {
    Registry::Sample sample{.name = std::move(name), .value = value};
    for (std::size_t i = 0; i < label_names.size(); ++i)
        sample.labels.emplace_back(label_names[i], label_values[i]);
    return sample;
}

template <class Metric>
void list(const std::string& name, const Family<Metric>& family,
          std::vector<Registry::Sample>& out) {
    for (const auto& [values, metric] : family.series())
        out.push_back(
            sample_of(name, family.label_names(), values, static_cast<double>(metric.value())));
}

void list(const std::string& name, const Family<Histogram>& family,
          std::vector<Registry::Sample>& out) {
    for (const auto& [values, histogram] : family.series()) {
        const auto add = [&, &of = values](const char* suffix, double value) -> auto& {
            return out.emplace_back(sample_of(name + suffix, family.label_names(), of, value));
        };
        std::uint64_t below = 0;
        for (std::size_t i = 0; i < histogram.bounds().size(); ++i) {
            below += histogram.counts()[i];
            add("_bucket", static_cast<double>(below))
                .labels.emplace_back("le", fmt::format("{}", histogram.bounds()[i]));
        }
        const auto count = static_cast<double>(below + histogram.counts().back());
        add("_bucket", count).labels.emplace_back("le", "+Inf");
        add("_sum", histogram.sum());
        add("_count", count);
    }
}

}  // namespace

void Histogram::observe(double value) {
    const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value);
    ++counts_[static_cast<std::size_t>(at - bounds_.begin())];
    sum_ += value;
}

template <class Metric>
Metric& Family<Metric>::with(std::vector<std::string> label_values) {
    base::ensure(label_values.size() == label_names_.size(), "one value for each label name");
    if (const auto at = series_.find(label_values); at != series_.end()) return at->second;
    if (series_.size() >= series_max) label_values.assign(label_names_.size(), "other");
    return series_.try_emplace(std::move(label_values), fresh_).first->second;
}

template class Family<Counter>;
template class Family<Sum>;
template class Family<Gauge>;
template class Family<Histogram>;

// One of the four, as the name's first user asked.
struct Registry::Entry {
    std::string help{};
    std::unique_ptr<Family<Counter>> counters{};
    std::unique_ptr<Family<Sum>> sum{};  // without labels, so far
    std::unique_ptr<Family<Gauge>> gauges{};
    std::unique_ptr<Family<Histogram>> histograms{};
};

Registry::Registry(std::string_view service, std::string_view version) {
    gauges("adit_build_info", "Always 1; the labels say what runs.", {"service", "version"})
        .with({std::string{service}, std::string{version}})
        .set(1);
}

Registry::~Registry() = default;

Registry::Entry& Registry::entry(std::string_view name, std::string_view help) {
    base::ensure(is_metric_name(name), "a metric's name is adit_ and lower case");
    base::ensure(!help.empty(), "a metric has a help text");
    auto& slot = entries_[std::string{name}];
    if (!slot) slot = std::make_unique<Entry>(Entry{.help = std::string{help}});
    return *slot;
}

Family<Counter>& Registry::counters(std::string_view name, std::string_view help,
                                    std::vector<std::string> label_names) {
    base::ensure(name.ends_with("_total"), "a counter's name ends in _total");
    auto& slot = entry(name, help);
    base::ensure(!slot.sum && !slot.gauges && !slot.histograms, "a metric's name has one type");
    if (!slot.counters)
        slot.counters = std::make_unique<Family<Counter>>(std::move(label_names), Counter{});
    return *slot.counters;
}

Family<Gauge>& Registry::gauges(std::string_view name, std::string_view help,
                                std::vector<std::string> label_names) {
    base::ensure(!name.ends_with("_total"), "only a counter's name ends in _total");
    auto& slot = entry(name, help);
    base::ensure(!slot.counters && !slot.sum && !slot.histograms, "a metric's name has one type");
    if (!slot.gauges)
        slot.gauges = std::make_unique<Family<Gauge>>(std::move(label_names), Gauge{});
    return *slot.gauges;
}

Family<Histogram>& Registry::histograms(std::string_view name, std::string_view help,
                                        std::vector<std::string> label_names,
                                        std::vector<double> bounds) {
    base::ensure(std::is_sorted(bounds.begin(), bounds.end()), "a histogram's bounds grow");
    auto& slot = entry(name, help);
    base::ensure(!slot.counters && !slot.sum && !slot.gauges, "a metric's name has one type");
    if (!slot.histograms)
        slot.histograms = std::make_unique<Family<Histogram>>(std::move(label_names),
                                                              Histogram{std::move(bounds)});
    return *slot.histograms;
}

Counter& Registry::counter(std::string_view name, std::string_view help) {
    return counters(name, help, {}).with({});
}

Sum& Registry::sum(std::string_view name, std::string_view help) {
    base::ensure(name.ends_with("_total"), "a counter's name ends in _total");
    auto& slot = entry(name, help);
    base::ensure(!slot.counters && !slot.gauges && !slot.histograms,
                 "a metric's name has one type");
    if (!slot.sum) slot.sum = std::make_unique<Family<Sum>>(std::vector<std::string>{}, Sum{});
    return slot.sum->with({});
}

Gauge& Registry::gauge(std::string_view name, std::string_view help) {
    return gauges(name, help, {}).with({});
}

Histogram& Registry::histogram(std::string_view name, std::string_view help,
                               std::vector<double> bounds) {
    return histograms(name, help, {}, std::move(bounds)).with({});
}

void Registry::on_collect(std::function<void()> refresh) {
    refreshers_.push_back(std::move(refresh));
}

std::string Registry::text() {
    for (const auto& refresh : refreshers_) refresh();
    std::vector<prometheus::MetricFamily> families;
    for (const auto& [name, entry] : entries_) {
        auto& family = families.emplace_back();
        family.name = name;
        family.help = entry->help;
        if (entry->counters) collect(*entry->counters, family);
        if (entry->sum) collect(*entry->sum, family);
        if (entry->gauges) collect(*entry->gauges, family);
        if (entry->histograms) collect(*entry->histograms, family);
    }
    return prometheus::TextSerializer{}.Serialize(families);
}

std::vector<Registry::Sample> Registry::samples(const std::vector<std::string>& names) {
    std::vector<Sample> samples;
    if (names.empty()) return samples;
    for (const auto& refresh : refreshers_) refresh();
    for (const auto& name : names) {
        const auto found = entries_.find(name);
        if (found == entries_.end()) continue;
        const auto& entry = *found->second;
        if (entry.counters) list(name, *entry.counters, samples);
        if (entry.sum) list(name, *entry.sum, samples);
        if (entry.gauges) list(name, *entry.gauges, samples);
        if (entry.histograms) list(name, *entry.histograms, samples);
    }
    return samples;
}

}  // namespace service
