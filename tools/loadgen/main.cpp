#include <fmt/format.h>
#include <sys/resource.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>

#include "loadgen/fleet.h"

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// How long answers are waited for at the end.
constexpr auto answers_within = 10s;
// When nobody has work so long after all have connected, it is said why.
constexpr auto work_within = 10s;

/// A run from its first connection to its last answer.
class Run {
  public:
    Run(const loadgen::Options& options, const base::Clock& clock, base::Random& random,
        base::Random& keys)
        : clock_(clock), fleet_(loop_, options, clock, random, keys), options_(options) {}

    /// The summary.
    std::string to_end() {
        if (options_.run_for) ends_at_ = clock_.steady_now() + *options_.run_for;
        signals_.async_wait([this](const auto& error, int) {
            if (!error) ends_at_ = clock_.steady_now();
        });
        next_status_ = clock_.steady_now();
        work_due_ = clock_.steady_now() + options_.ramp + work_within;
        warm_at_ = clock_.steady_now() + options_.warm_up;
        tick();
        loop_.run();
        trouble_ = fleet_.trouble();
        return fleet_.finish();
    }
    /// Why no miner ever had work; for people.
    const std::optional<std::string>& trouble() const { return trouble_; }

  private:
    void tick() {
        const auto now = clock_.steady_now();
        if (now >= next_status_) {
            next_status_ += 1s;
            fmt::print("{}\n", fleet_.status_line());
            std::fflush(stdout);
        }
        fleet_.begin();
        if (now >= work_due_) {
            work_due_ = loadgen::Peer::never;
            if (const auto trouble = fleet_.trouble()) say(*trouble);
        }
        if (!is_warm_ && now >= warm_at_) {
            is_warm_ = true;
            fleet_.forget_times();
        }
        if (!is_ending_ && now >= ends_at_) {
            is_ending_ = true;
            ends_at_ = now + answers_within;
            fleet_.stop_mining();
        }
        if (is_ending_ && (fleet_.waiting() == 0 || now >= ends_at_)) return loop_.stop();
        timer_.expires_after(50ms);
        timer_.async_wait([this](const auto& error) {
            if (!error) tick();
        });
    }

    static void say(const std::string& trouble) {
        fmt::print(stderr, "adit-loadgen: {}\n", trouble);
    }

    asio::io_context loop_{1};
    const base::Clock& clock_;
    loadgen::Fleet fleet_;
    const loadgen::Options& options_;
    std::optional<std::string> trouble_{};
    asio::signal_set signals_{loop_, SIGINT, SIGTERM};
    asio::steady_timer timer_{loop_};
    base::SteadyTime ends_at_ = loadgen::Peer::never;
    base::SteadyTime next_status_{};
    base::SteadyTime work_due_{};
    base::SteadyTime warm_at_{};
    bool is_warm_ = false;
    bool is_ending_ = false;
};

/// Each connection is a descriptor. Throws where the system does not let us have so many.
void allow_descriptors(std::size_t connections) {
    constexpr rlim_t others = 64;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    if (limit.rlim_max < connections + others)
        throw std::runtime_error(
            fmt::format("{} connections need {} descriptors, and the system allows {}: raise the "
                        "limit (ulimit -Hn) or have fewer miners",
                        connections, connections + others, limit.rlim_max));
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

void write(const std::string& path, const std::string& text) {
    std::ofstream file{path};
    if (!(file << text << std::flush)) throw std::runtime_error("cannot write " + path);
}

}  // namespace

int main(int argc, char** argv) try {
    int exit_code = EXIT_SUCCESS;
    const auto options = loadgen::read_options(argc, argv, exit_code);
    if (!options) return exit_code;
    allow_descriptors(loadgen::connections_of(*options));
    const base::SystemClock clock;
    base::SystemRandom system;
    base::SeededRandom random{options->seed.value_or(system.next_u64())};
    Run run{*options, clock, random, system};
    const auto summary = run.to_end();
    if (!options->summary_path.empty()) write(options->summary_path, summary);
    if (run.trouble()) throw std::runtime_error(*run.trouble());
    return EXIT_SUCCESS;
} catch (const std::exception& error) {
    fmt::print(stderr, "adit-loadgen: {}\n", error.what());
    return EXIT_FAILURE;
}
