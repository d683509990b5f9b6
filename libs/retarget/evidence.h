#pragma once

#include <array>
#include <cstddef>

namespace retarget {

/// The hash rates against which a believed one is tested, as multiples of it. A chart is quickest
/// at its own ratio and nearly as quick half-way to its neighbours, so eight of them cover
/// everything from silence to a thousandfold; the two innermost find what a device's tuning moves.
inline constexpr std::array<double, 8> ratios{0.1, 0.25, 0.5, 0.75, 1.4, 2, 4, 10};
inline constexpr std::size_t chart_count = ratios.size();

/// One cumulative sum (CUSUM, Page 1954) of the logarithm of a likelihood ratio: "since some moment
/// the hash rate is `ratio` times the believed one" against "it is the believed one". Shares are a
/// Poisson process, so waiting while x shares were due adds (1 - ratio) x, and a share adds
/// ln(ratio). At zero the sum starts anew: the moment of the change is the one that makes it most
/// likely, hence the latest at which the sum was zero.
///
/// A network that holds shares up delivers them together: after a silence of more than
/// `silence_usual` due shares, which chance alone makes one time in twenty, a chart for more begins
/// below zero by as much as the silence spoke against it. Time and shares pay that back.
struct Chart {
    double statistic{};
    /// Since that moment: shares that came, and how many were due at the believed hash rate.
    double shares{};
    double expected{};
    friend bool operator==(const Chart&, const Chart&) = default;
};

inline constexpr double silence_usual = 3;

/// All that the shares since the last decision say against the believed hash rate, in a size that
/// does not grow. A value.
class Evidence {
  public:
    using Charts = std::array<Chart, chart_count>;

    Evidence() = default;
    Evidence(const Charts& charts, double silence) : charts_(charts), silence_(silence) {}

    /// Time goes by in which `expected` shares were due, and none comes.
    void silence(double expected);
    void share();
    /// The believed hash rate has become `ratio` times what it was: the same shares are read
    /// against the new one.
    void rescale(double ratio);
    void clear() { charts_ = {}; }

    const Charts& charts() const { return charts_; }
    /// How many shares were due since the last one came.
    double due_since_share() const { return silence_; }
    friend bool operator==(const Evidence&, const Evidence&) = default;

  private:
    Charts charts_{};
    double silence_{};
};

}  // namespace retarget
