#include "base/clock.h"

namespace base {

UnixMicros SystemClock::unix_now() const {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::steady_now() const {
    return std::chrono::steady_clock::now();
}

}  // namespace base
