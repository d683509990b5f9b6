// For clock_shift_test.py: answers each line with what its clocks say and how long its waits took.
#include <sys/time.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <string>

namespace {

using Millis = std::chrono::milliseconds;

template <class Clock>
long long now_ms() {
    return std::chrono::duration_cast<Millis>(Clock::now().time_since_epoch()).count();
}

/// Waits so long by this clock, and says how long that was by a steady one.
template <class Clock>
long long wait_ms(Millis wanted) {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock{mutex};
    const auto began = now_ms<std::chrono::steady_clock>();
    never.wait_until(lock, Clock::now() + wanted, [] { return false; });
    return now_ms<std::chrono::steady_clock>() - began;
}

}  // namespace

int main() {
    for (int c = std::getchar(); c != EOF; c = std::getchar()) {
        timeval day{};
        ::gettimeofday(&day, nullptr);
        std::printf("%lld %lld %lld %lld %lld %lld\n", now_ms<std::chrono::system_clock>(),
                    static_cast<long long>(day.tv_sec) * 1000 + day.tv_usec / 1000,
                    static_cast<long long>(std::time(nullptr)) * 1000,
                    now_ms<std::chrono::steady_clock>(),
                    wait_ms<std::chrono::system_clock>(Millis{50}),
                    wait_ms<std::chrono::steady_clock>(Millis{50}));
        std::fflush(stdout);
    }
}
