#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>

namespace vardiff_bench {

/// A vardiff algorithm as the simulation runs it: for one channel, told of its shares and of the
/// time. Difficulties are in hashes a share, times in seconds.
class Algorithm {
  public:
    virtual ~Algorithm() = default;

    /// The channel opens at 0 with this target.
    virtual void open(double hashes_per_share) = 0;
    /// A share of the target in force. The next one, if there is to be another.
    virtual std::optional<double> on_share(double now) = 0;
    /// Called every tick() seconds.
    virtual std::optional<double> on_tick(double now) = 0;
    virtual double tick() const { return 1; }
};

enum class Name { ours, sri, ckpool, datum, btcpool };
std::string to_string(Name name);
/// The rate that the algorithm has in the field; ours is for anyone's.
double own_shares_per_minute(Name name);
std::unique_ptr<Algorithm> make(Name name, double shares_per_minute);

}  // namespace vardiff_bench
