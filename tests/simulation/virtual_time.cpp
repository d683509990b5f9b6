#include "simulation/virtual_time.h"

#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>

namespace simulation::virtual_time {
namespace {

using std::chrono::nanoseconds;

constinit nanoseconds elapsed{0};

struct Timer {
    std::optional<base::SteadyTime> due{};
    bool is_ready{};
};

// A loop's timer is an eventfd that wind_to() makes readable. Few, and made at run time only.
std::map<int, Timer>& timers() {
    static std::map<int, Timer> all;
    return all;
}

void make_ready(int fd, Timer& timer) {
    if (timer.is_ready || !timer.due || *timer.due > now()) return;
    const std::uint64_t one = 1;
    timer.is_ready = ::write(fd, &one, sizeof one) == sizeof one;
    timer.due.reset();
}

void set(int fd, Timer& timer, int flags, const itimerspec& wanted) {
    if (std::uint64_t drained{}; timer.is_ready)
        timer.is_ready = ::read(fd, &drained, sizeof drained) != sizeof drained;
    const auto wait =
        std::chrono::seconds{wanted.it_value.tv_sec} + nanoseconds{wanted.it_value.tv_nsec};
    timer.due.reset();
    if (wait == nanoseconds{0}) return;
    // Asio asks for the past by an absolute time, and for all else by how long it is until then.
    timer.due = (flags & TFD_TIMER_ABSTIME) != 0 ? now() : now() + wait;
    make_ready(fd, timer);
}

}  // namespace

base::SteadyTime now() {
    return steady_start + elapsed;
}

void restart() {
    elapsed = nanoseconds{0};
    for (auto& [fd, timer] : timers()) timer.due.reset();
}

void wind_to(base::SteadyTime to) {
    elapsed = std::max(elapsed, nanoseconds{to - steady_start});
    for (auto& [fd, timer] : timers()) make_ready(fd, timer);
}

std::optional<base::SteadyTime> next_timer() {
    std::optional<base::SteadyTime> first;
    for (const auto& [fd, timer] : timers())
        if (timer.due && (!first || *timer.due < *first)) first = timer.due;
    return first;
}

}  // namespace simulation::virtual_time

// libstdc++'s clocks are ordinary functions, and a program's own come before those of a library.
namespace std::chrono {
inline namespace _V2 {

steady_clock::time_point steady_clock::now() noexcept {
    return simulation::virtual_time::now();
}

system_clock::time_point system_clock::now() noexcept {
    return time_point{simulation::virtual_time::unix_start.time_since_epoch() +
                      simulation::virtual_time::elapsed};
}

}  // namespace _V2
}  // namespace std::chrono

// What Boost.Asio's reactor has the kernel wake it with.
extern "C" int timerfd_create(clockid_t, int) noexcept {
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd >= 0) simulation::virtual_time::timers()[fd] = {};
    return fd;
}

extern "C" int timerfd_settime(int fd, int flags, const itimerspec* wanted,
                               itimerspec* old) noexcept {
    const auto timer = simulation::virtual_time::timers().find(fd);
    if (timer == simulation::virtual_time::timers().end()) {
        errno = EBADF;
        return -1;
    }
    if (old != nullptr) *old = {};
    simulation::virtual_time::set(fd, timer->second, flags, *wanted);
    return 0;
}
