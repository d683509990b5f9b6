#pragma once

#include <chrono>
#include <cstdint>

namespace base {

/// A moment by the calendar, to the microsecond: for what others can see (ntime, the share log,
/// certificates). It may jump.
using UnixMicros = std::chrono::sys_time<std::chrono::microseconds>;

/// A moment by a clock that only goes forward: for deadlines, rates and ages.
using SteadyTime = std::chrono::steady_clock::time_point;

/// Where time comes from. Pure code takes moments as arguments; resources take a Clock&.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual UnixMicros unix_now() const = 0;
    virtual SteadyTime steady_now() const = 0;

  protected:
    Clock() = default;
    Clock(const Clock&) = default;
    Clock& operator=(const Clock&) = default;
};

/// The machine's clocks. Chosen in main.cpp and nowhere else.
class SystemClock final : public Clock {
  public:
    UnixMicros unix_now() const override;
    SteadyTime steady_now() const override;
};

/// A clock that a test winds by hand; both faces move together.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(UnixMicros start = UnixMicros{std::chrono::seconds{1'700'000'000}})
        : unix_(start) {}

    UnixMicros unix_now() const override { return unix_; }
    SteadyTime steady_now() const override { return steady_; }
    void advance(std::chrono::microseconds by) {
        unix_ += by;
        steady_ += by;
    }

  private:
    UnixMicros unix_;
    SteadyTime steady_{std::chrono::hours{1}};
};

/// Whole seconds since 1970, as headers and certificates carry them (32 bits, until 2106).
inline std::uint32_t to_unix_seconds(UnixMicros at) {
    return static_cast<std::uint32_t>(
        std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}

}  // namespace base
