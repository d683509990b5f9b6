// Preloaded into a process (LD_PRELOAD), moves its calendar: CLOCK_REALTIME alone, and at any time.
//
// ADIT_CLOCK_SHIFT names a file of eight bytes, a number of microseconds as this machine writes it.
// Whoever writes the file makes the clock jump; no file is no shift. Intervals go on as they are,
// as when a machine's clock is set: steady clocks are left alone, and what waits until a moment of
// the calendar waits for as long as it would have when it began.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

constexpr std::int64_t micros_a_second = 1'000'000;

const std::int64_t* open_shift() {
    static constexpr std::int64_t none = 0;
    const char* path = std::getenv("ADIT_CLOCK_SHIFT");
    if (path == nullptr) return &none;
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    struct stat status {};
    void* mapped = MAP_FAILED;
    if (file >= 0 && ::fstat(file, &status) == 0 &&
        status.st_size >= static_cast<off_t>(sizeof(std::int64_t)))
        mapped = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (file >= 0) ::close(file);
    return mapped == MAP_FAILED ? &none : static_cast<const std::int64_t*>(mapped);
}

std::int64_t shift_us() {
    static const std::int64_t* const shift = open_shift();
    return __atomic_load_n(shift, __ATOMIC_RELAXED);
}

bool is_calendar(clockid_t clock) {
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

timespec moved(timespec at, std::int64_t by_us) {
    const auto nanos = static_cast<std::int64_t>(at.tv_nsec) + by_us % micros_a_second * 1000;
    at.tv_sec += by_us / micros_a_second;
    at.tv_nsec = nanos;
    if (nanos < 0) {
        at.tv_nsec += 1'000'000'000;
        --at.tv_sec;
    } else if (nanos >= 1'000'000'000) {
        at.tv_nsec -= 1'000'000'000;
        ++at.tv_sec;
    }
    return at;
}

/// The same moment as the kernel has it.
timespec unmoved(const timespec& at) {
    return moved(at, -shift_us());
}

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));  // NOLINT: what dlsym is for
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
    static auto* const get = next<decltype(clock_gettime)>("clock_gettime");
    const auto result = get(clock, now);
    if (result == 0 && is_calendar(clock)) *now = moved(*now, shift_us());
    return result;
}

int gettimeofday(timeval* __restrict now, void* __restrict) noexcept {
    timespec at{};
    if (clock_gettime(CLOCK_REALTIME, &at) != 0) return -1;
    now->tv_sec = at.tv_sec;
    now->tv_usec = at.tv_nsec / 1000;
    return 0;
}

time_t time(time_t* now) noexcept {
    timespec at{};
    clock_gettime(CLOCK_REALTIME, &at);
    if (now != nullptr) *now = at.tv_sec;
    return at.tv_sec;
}

int timespec_get(timespec* now, int base) noexcept {
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}

// What waits for the calendar, and is given a moment of the shifted one.

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
    // Only the next function knows which clock the condition was made with: one that is far from
    // the calendar is another one.
    static auto* const wait = next<decltype(pthread_cond_timedwait)>("pthread_cond_timedwait");
    constexpr time_t calendars_begin = 1'000'000'000;  // 2001; no machine is up for that long
    const auto at = until->tv_sec < calendars_begin ? *until : unmoved(*until);
    return wait(condition, mutex, &at);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
    static auto* const wait = next<decltype(pthread_cond_clockwait)>("pthread_cond_clockwait");
    const auto at = is_calendar(clock) ? unmoved(*until) : *until;
    return wait(condition, mutex, clock, &at);
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) noexcept {
    static auto* const wait = next<decltype(pthread_mutex_timedlock)>("pthread_mutex_timedlock");
    const auto at = unmoved(*until);
    return wait(mutex, &at);
}

int sem_timedwait(sem_t* semaphore, const timespec* until) {
    static auto* const wait = next<decltype(sem_timedwait)>("sem_timedwait");
    const auto at = unmoved(*until);
    return wait(semaphore, &at);
}

/// Libraries that make locks of their own wait in the kernel themselves.
long syscall(long number, ...) noexcept {
    static auto* const call = next<long(long, ...)>("syscall");
    va_list given;
    va_start(given, number);
    long words[6];
    for (auto& word : words) word = va_arg(given, long);
    va_end(given);
    timespec at{};
    const auto operation = words[1];
    const auto* until = reinterpret_cast<const timespec*>(words[3]);
    if (number == SYS_futex && until != nullptr &&
        (operation & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET &&
        (operation & FUTEX_CLOCK_REALTIME) != 0) {
        at = unmoved(*until);
        words[3] = reinterpret_cast<long>(&at);
    }
    const long result = call(number, words[0], words[1], words[2], words[3], words[4], words[5]);
    if (number == SYS_clock_gettime && result == 0 && is_calendar(static_cast<clockid_t>(words[0])))
        *reinterpret_cast<timespec*>(words[1]) =
            moved(*reinterpret_cast<timespec*>(words[1]), shift_us());
    return result;
}

}  // extern "C"
