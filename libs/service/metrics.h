#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace service {

/// A number that only grows.
class Counter {
  public:
    void add(std::uint64_t by = 1) { value_ += by; }
    /// Takes over what is counted elsewhere. Where that has begun anew it stands until it is
    /// passed.
    void follow(std::uint64_t total) { value_ = std::max(value_, total); }
    std::uint64_t value() const { return value_; }

  private:
    std::uint64_t value_ = 0;
};

/// A counter of what does not come in whole pieces, such as difficulty.
class Sum {
  public:
    /// Not negative.
    void add(double by) { value_ += by; }
    double value() const { return value_; }

  private:
    double value_ = 0;
};

/// A number that goes up and down.
class Gauge {
  public:
    void set(double value) { value_ = value; }
    void add(double by) { value_ += by; }
    double value() const { return value_; }

  private:
    double value_ = 0;
};

/// How often a value fell below each of a few bounds; seconds, unless the name says otherwise.
class Histogram {
  public:
    /// `bounds` grow; a value above the last is counted in the total only.
    explicit Histogram(std::vector<double> bounds)
        : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

    void observe(double value);

    const std::vector<double>& bounds() const { return bounds_; }
    /// One count for each bound, and a last one for what is above them all; not cumulative.
    const std::vector<std::uint64_t>& counts() const { return counts_; }
    double sum() const { return sum_; }

  private:
    std::vector<double> bounds_;
    std::vector<std::uint64_t> counts_;
    double sum_ = 0;
};

/// The series of one metric, told apart by the values of its labels. The values must come from a
/// bounded set of ours, never from a peer; beyond `series_max` they all count as "other", so that a
/// mistake cannot exhaust memory here or in Prometheus.
template <class Metric>
class Family {
  public:
    static constexpr std::size_t series_max = 256;

    /// `fresh` is copied for each new series.
    Family(std::vector<std::string> label_names, Metric fresh)
        : label_names_(std::move(label_names)), fresh_(std::move(fresh)) {}

    /// The series with these label values, in the order of the names. The reference stays valid.
    Metric& with(std::vector<std::string> label_values);

    const std::vector<std::string>& label_names() const { return label_names_; }
    const std::map<std::vector<std::string>, Metric>& series() const { return series_; }

  private:
    std::vector<std::string> label_names_;
    Metric fresh_;
    std::map<std::vector<std::string>, Metric> series_{};
};

/// All metrics of a process. Owned by main, given to the parts; they keep the references they get,
/// which live as long as the registry. Values are plain numbers of the loop's and are read by the
/// same loop when Prometheus asks, hence neither locks nor atomics.
///
/// Names are whole, so that a search finds them: `adit_<service>_<what>_<unit>`, counters end in
/// `_total`. Every metric has a help text. Asking twice for one name returns the same metric.
class Registry {
  public:
    /// Starts with `adit_build_info{service, version} 1`.
    Registry(std::string_view service, std::string_view version);
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;
    ~Registry();

    Counter& counter(std::string_view name, std::string_view help);
    Sum& sum(std::string_view name, std::string_view help);
    Gauge& gauge(std::string_view name, std::string_view help);
    Histogram& histogram(std::string_view name, std::string_view help, std::vector<double> bounds);

    Family<Counter>& counters(std::string_view name, std::string_view help,
                              std::vector<std::string> label_names);
    Family<Gauge>& gauges(std::string_view name, std::string_view help,
                          std::vector<std::string> label_names);
    Family<Histogram>& histograms(std::string_view name, std::string_view help,
                                  std::vector<std::string> label_names, std::vector<double> bounds);

    /// Called before each collection: for gauges that are looked up rather than kept.
    void on_collect(std::function<void()> refresh);

    /// Everything in Prometheus' text format 0.0.4.
    std::string text();

    struct Sample {
        std::string name{};
        std::vector<std::pair<std::string, std::string>> labels{};  // name, value
        double value = 0;
    };
    /// The series of the metrics of these names, as text() would have them: a histogram's are
    /// `_bucket` by `le`, `_sum` and `_count`. A name that nothing has gives none.
    std::vector<Sample> samples(const std::vector<std::string>& names);

  private:
    struct Entry;
    Entry& entry(std::string_view name, std::string_view help);

    std::map<std::string, std::unique_ptr<Entry>, std::less<>> entries_;
    std::vector<std::function<void()>> refreshers_;
};

}  // namespace service
