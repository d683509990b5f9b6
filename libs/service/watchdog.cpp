#include "service/watchdog.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/ensure.h"
#include "base/log.h"

namespace service {
namespace {

constexpr std::chrono::milliseconds stamp_every{100};

double seconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

Watchdog::Watchdog(const base::Clock& clock, Limits limits) : clock_(clock), limits_(limits) {
    stamp();
}

Watchdog::~Watchdog() {
    stop();
}

Stage& Watchdog::add_stage(std::string_view name, std::chrono::milliseconds wait_max) {
    base::ensure(!thread_.joinable(), "stages are added before the watchdog starts");
    stalled_.push_back(0);
    return stages_.emplace_back(std::string{name}, wait_max);
}

void Watchdog::export_to(Registry& metrics) {
    auto& depth = metrics.gauges("adit_stage_depth", "Entries that wait in a stage.", {"stage"});
    auto& age = metrics.gauges("adit_stage_oldest_seconds",
                               "How long the oldest entry of a stage has waited.", {"stage"});
    auto& limit = metrics.gauges(
        "adit_stage_wait_max_seconds",
        "How long an entry of a stage may wait; beyond it the stage stands still.", {"stage"});
    lag_seconds_ = &metrics.histogram(
        "adit_loop_lag_seconds",
        "How late the event loop came to what was due, ten times a second: what everything that "
        "the process does has waited at least.",
        {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10});
    auto& stalls =
        metrics.counter("adit_stalls_total", "Times that a stage or the loop stood still.");
    metrics.on_collect([this, &depth, &age, &limit, &stalls] {
        const auto now = clock_.steady_now();
        for (const auto& stage : stages_) {
            depth.with({stage.name()}).set(static_cast<double>(stage.depth()));
            age.with({stage.name()}).set(seconds(stage.age(now)));
            limit.with({stage.name()}).set(seconds(stage.wait_max()));
        }
        stalls.follow(stalls_);
    });
}

bool Watchdog::look() {
    const auto now = clock_.steady_now();
    std::string_view stood_still;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
        const auto& stage = stages_[i];
        const bool stalled = stage.is_stalled(now);
        if (stalled == (stalled_[i] != 0)) continue;
        stalled_[i] = stalled ? 1 : 0;
        if (stalled) {
            ++stalls_;
            stood_still = stage.name();
            base::log_error("stage stands still", {{"stage", stage.name()},
                                                   {"depth", stage.depth()},
                                                   {"oldest", stage.waiting().entry.text()},
                                                   {"oldest_s", seconds(stage.age(now))}});
        } else {
            base::log_warning("stage moves again", {{"stage", stage.name()}});
        }
    }
    const bool live = since_turn(now) <= limits_.turn_max;
    if (live != live_) {
        live_ = live;
        if (live) {
            base::log_warning("loop turns again");
        } else {
            ++stalls_;
            stood_still = "loop";
            base::log_error("loop stands still", {{"last_turn_s_ago", seconds(since_turn(now))}});
        }
        if (on_liveness_) on_liveness_(live);
    }
    if (!stood_still.empty()) dump(stood_still);
    return live;
}

void Watchdog::dump(std::string_view why) const {
    const auto now = clock_.steady_now();
    for (const auto& stage : stages_)
        base::log_warning("dump stage", {{"why", why},
                                         {"stage", stage.name()},
                                         {"depth", stage.depth()},
                                         {"oldest", stage.waiting().entry.text()},
                                         {"oldest_s", seconds(stage.age(now))}});
    for (const auto& event : ring_.events())
        base::log_warning("dump event", {{"why", why},
                                         {"s_ago", fmt::format("{:.6f}", seconds(now - event.at))},
                                         {"what", event.what},
                                         {"id", event.id}});
}

std::chrono::nanoseconds Watchdog::since_turn(base::SteadyTime now) const {
    const base::SteadyTime turned_at{base::SteadyTime::duration{turned_at_.load()}};
    return std::max(now - turned_at, base::SteadyTime::duration{0});
}

Watchdog::Status Watchdog::status() const {
    const auto now = clock_.steady_now();
    Status status{.since_turn = since_turn(now), .stalls = stalls_};
    status.is_wedged = status.since_turn > limits_.turn_max;
    for (const auto& stage : stages_)
        status.stages.push_back({.name = stage.name(),
                                 .depth = stage.depth(),
                                 .oldest = stage.age(now),
                                 .wait_max = stage.wait_max(),
                                 .is_stalled = stage.is_stalled(now),
                                 .oldest_entry = stage.waiting().entry.text()});
    return status;
}

std::vector<Watchdog::PastEvent> Watchdog::events() const {
    const auto now = clock_.steady_now();
    std::vector<PastEvent> events;
    for (const auto& event : ring_.events())
        events.push_back(
            {std::max(now - event.at, base::SteadyTime::duration{0}), event.what, event.id});
    return events;
}

void Watchdog::start(Loop& loop, OnLiveness on_liveness) {
    base::ensure(!thread_.joinable(), "the watchdog starts once");
    on_liveness_ = std::move(on_liveness);
    stamp_timer_ = std::make_unique<boost::asio::steady_timer>(loop.context());
    stamp();
    wait_for_stamp();
    stop_event_ = ::eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread{[this] { watch(); }};
}

void Watchdog::stop() {
    if (!thread_.joinable()) return;
    stamp_timer_.reset();
    ::eventfd_write(stop_event_, 1);
    thread_.join();
    ::close(stop_event_);
}

void Watchdog::stamp(base::SteadyTime due) {
    stamp();
    if (lag_seconds_ != nullptr)
        lag_seconds_->observe(
            std::max(0.0, std::chrono::duration<double>(clock_.steady_now() - due).count()));
}

void Watchdog::wait_for_stamp() {
    stamp_timer_->expires_after(stamp_every);
    stamp_timer_->async_wait(
        [this, due = clock_.steady_now() + stamp_every](const boost::system::error_code& error) {
            if (error) return;
            stamp(due);
            wait_for_stamp();
        });
}

void Watchdog::watch() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGQUIT);
    const int quit = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    pollfd fds[] = {{.fd = stop_event_, .events = POLLIN, .revents = 0},
                    {.fd = quit, .events = POLLIN, .revents = 0}};
    while (true) {
        ::poll(fds, 2, static_cast<int>(limits_.look_every.count()));
        signalfd_siginfo taken{};
        if ((fds[1].revents & POLLIN) != 0 && ::read(quit, &taken, sizeof taken) == sizeof taken)
            dump("SIGQUIT");
        if ((fds[0].revents & POLLIN) != 0) break;
        look();
    }
    ::close(quit);
}

}  // namespace service
