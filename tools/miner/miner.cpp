#include "miner/miner.h"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "bitcoin/nonce_scan.h"

namespace miner {
namespace {

using namespace std::chrono_literals;

constexpr auto backoff_min = 250ms;
constexpr auto backoff_max = 10s;
constexpr auto answer_deadline = 2s;
constexpr auto status_interval_terminal = 1s;
constexpr auto status_interval_log = 5s;
// With that much unsent, shares stay with the hashers, and in the end these wait.
constexpr std::size_t unsent_max = 256 * 1024;

// From here on the signals arrive at the descriptor only; threads made later inherit that.
int make_signal_fd() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    const int fd = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) throw std::runtime_error("cannot make a signalfd");
    return fd;
}

int make_share_fd() {
    const int fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0) throw std::runtime_error("cannot make an eventfd");
    return fd;
}

// A share every ten seconds: to begin with, the pool finds what it wants.
double difficulty_for(double hash_rate_hps) {
    return hash_rate_hps * 10 / 4294967296.0;
}

double measured_hash_rate(const base::Clock& clock) {
    constexpr std::uint64_t sample = 1U << 18;
    const auto started = clock.steady_now();
    // A target of zero is met by nothing.
    static_cast<void>(bitcoin::scan_nonces(bitcoin::header_midstate({}), 0, sample, {}));
    const double seconds = std::chrono::duration<double>(clock.steady_now() - started).count();
    return static_cast<double>(sample) / std::max(seconds, 1e-6);
}

}  // namespace

Miner::Miner(Options options, const base::Clock& clock, base::Random& random)
    : options_(std::move(options)),
      clock_(clock),
      random_(random),
      signal_fd_(make_signal_fd()),
      share_fd_(make_share_fd()),
      journal_(options_.journal_path, clock),
      started_(clock.steady_now()),
      statistics_(started_),
      hashers_({.threads = options_.threads, .throttle_hps = options_.throttle_hps}, clock,
               [fd = share_fd_] { static_cast<void>(::eventfd_write(fd, 1)); }),
      address_(options_.address),
      is_terminal_(::isatty(STDOUT_FILENO) == 1),
      next_status_(started_ + status_interval_terminal) {
    const double hash_rate_hps = nominal_hash_rate();
    if (is_sv1(address_.protocol)) {
        sv1_config_ = {.worker = options_.users.front(),
                       .password = options_.password,
                       .is_rolling_versions = options_.is_rolling_versions,
                       .suggested_difficulty = options_.suggested_difficulty};
        if (!sv1_config_.suggested_difficulty)
            sv1_config_.suggested_difficulty = difficulty_for(hash_rate_hps);
        if (sv1_config_.suggested_difficulty == 0) sv1_config_.suggested_difficulty.reset();
        return;
    }
    sv2_config_ = {.users = options_.users,
                   .nominal_hash_rate_hps = static_cast<float>(hash_rate_hps),
                   .standard_channels = options_.standard_channels,
                   .extended_channels = options_.extended_channels,
                   .min_extranonce_size = options_.min_extranonce_size,
                   .requires_standard_jobs = options_.requires_standard_jobs,
                   .worker = options_.worker};
}

Miner::~Miner() {
    hashers_.stop();
    ::close(share_fd_);
    ::close(signal_fd_);
}

double Miner::nominal_hash_rate() const {
    if (options_.nominal_hash_rate_hps) return *options_.nominal_hash_rate_hps;
    if (options_.throttle_hps > 0) return options_.throttle_hps;
    const auto channels =
        static_cast<double>(options_.standard_channels + options_.extended_channels);
    return measured_hash_rate(clock_) * options_.threads / channels;
}

int Miner::run() {
    auto backoff = std::chrono::milliseconds{backoff_min};
    while (!has_ended()) {
        auto connection = open_connection(address_, signal_fd_, clock_, random_);
        if (connection) {
            const auto connected_at = clock_.steady_now();
            const End end = mine(std::move(*connection));
            // A pool that takes us and drops us at once is not to be hammered either.
            if (clock_.steady_now() - connected_at > backoff_max) backoff = backoff_min;
            if (end == End::refused) {
                finish("refused");
                return 1;
            }
            if (end == End::wanted) break;
        } else if (!has_ended()) {
            say(connection.error());
            // Nothing has worked yet: more likely a mistake in the options than an outage.
            if (connection_ == 0) return 1;
            address_ = options_.address;
        }
        if (has_ended()) break;
        if (!options_.is_reconnecting) {
            finish("the connection is lost");
            return 1;
        }
        // Half of it by chance, so that many miners do not come back at once.
        const auto half = backoff / 2;
        const auto chance = random_.next_u64() % static_cast<std::uint64_t>(half.count() + 1);
        const auto asked_for = std::exchange(wait_, {});
        if (!pause(std::max(asked_for, half + std::chrono::milliseconds{chance}))) break;
        backoff = std::min<std::chrono::milliseconds>(backoff * 2, backoff_max);
    }
    finish(is_stopped_ ? "stopped" : "done");
    return 0;
}

std::unique_ptr<Client> Miner::make_client() {
    if (is_sv1(address_.protocol)) {
        sv1_config_.host = address_.host;
        return std::make_unique<Sv1Client>(sv1_config_, sv1_session_, connection_);
    }
    sv2_config_.host = address_.host;
    sv2_config_.port = address_.port;
    return std::make_unique<Sv2Client>(sv2_config_, connection_);
}

Miner::End Miner::mine(std::unique_ptr<Connection> owned_connection) {
    Connection& connection = *owned_connection;
    ++connection_;
    statistics_.connected();
    journal_.connected(connection_, address_.protocol);
    lost_.reset();
    const auto owned_client = make_client();
    Client& client = *owned_client;
    const End end = serve(connection, client);
    for (std::size_t i = 0; i < options_.standard_channels + options_.extended_channels; ++i)
        hashers_.set_work(i, nullptr);
    if (end == End::wanted) {
        drain(connection, client);
        outstanding_ = client.outstanding();
        return end;
    }
    statistics_.connection_lost(client.outstanding());
    journal_.connection_lost(connection_, *lost_);
    say(end == End::refused ? *lost_ : fmt::format("connection {} lost: {}", connection_, *lost_));
    return end;
}

Miner::End Miner::serve(Connection& connection, Client& client) {
    carry_out(client.on_connected(clock_.steady_now()), connection);
    while (!lost_) {
        if (has_ended()) return End::wanted;
        if (clock_.steady_now() >= next_status_) show_status(client);
        carry_out(client.on_tick(clock_.steady_now()), connection);
        auto until = next_status_;
        if (options_.run_for) until = std::min(until, started_ + *options_.run_for);
        const bool reads_shares = connection.unsent() < unsent_max;
        wait(connection, until, reads_shares);
        const auto closed = connection.receive([&](base::ByteView message) {
            carry_out(client.on_message(message, clock_.steady_now()), connection);
        });
        if (closed && !lost_) lost_ = closed;
        if (reads_shares && !lost_) submit_found(connection, client);
    }
    // A refusal of the very first connection is a mistake in the options; later it may be an
    // upgrade that is under way.
    return is_refused_ && connection_ == 1 ? End::refused : End::lost;
}

void Miner::drain(Connection& connection, Client& client) {
    hashers_.stop();
    const auto deadline = clock_.steady_now() + answer_deadline;
    while (!lost_ && client.outstanding() > 0 && clock_.steady_now() < deadline) {
        wait(connection, deadline, false);
        const auto closed = connection.receive([&](base::ByteView message) {
            carry_out(client.on_message(message, clock_.steady_now()), connection);
        });
        if (closed && !lost_) lost_ = closed;
    }
}

void Miner::submit_found(Connection& connection, Client& client) {
    for (const auto& share : hashers_.take_shares()) {
        if (lost_ || has_ended()) return;
        carry_out(client.on_share_found(share, clock_.steady_now()), connection);
    }
}

void Miner::wait(Connection& connection, base::SteadyTime until, bool reads_shares) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock_.steady_now());
    const short socket_events =
        static_cast<short>(POLLIN | (connection.wants_to_write() ? POLLOUT : 0));
    pollfd polled[] = {
        {.fd = connection.fd(), .events = socket_events, .revents = 0},
        {.fd = signal_fd_, .events = POLLIN, .revents = 0},
        {.fd = share_fd_, .events = static_cast<short>(reads_shares ? POLLIN : 0), .revents = 0}};
    static_cast<void>(::poll(polled, std::size(polled),
                             static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 10'000))));
    if (reads_shares) {
        eventfd_t count = 0;
        static_cast<void>(::eventfd_read(share_fd_, &count));
    }
    if (auto closed = connection.flush(); closed && !lost_) lost_ = closed;
}

bool Miner::pause(std::chrono::milliseconds time) {
    pollfd polled{.fd = signal_fd_, .events = POLLIN, .revents = 0};
    static_cast<void>(::poll(&polled, 1, static_cast<int>(time.count())));
    return !has_ended();
}

bool Miner::has_ended() {
    signalfd_siginfo info{};
    if (::read(signal_fd_, &info, sizeof info) == sizeof info) is_stopped_ = true;
    return is_stopped_ || (options_.shares != 0 && statistics_.submitted() >= options_.shares) ||
           (options_.run_for && clock_.steady_now() - started_ >= *options_.run_for);
}

void Miner::show_status(const Client& client) {
    const auto now = clock_.steady_now();
    next_status_ = now + (is_terminal_ ? status_interval_terminal : status_interval_log);
    const auto line = statistics_.status_line(hashers_.hashes(), client.open_channels(), now);
    if (is_terminal_)
        fmt::print("\r\x1b[K{}", line);
    else
        fmt::print("{}\n", line);
    static_cast<void>(std::fflush(stdout));
}

void Miner::say(const std::string& line) {
    if (is_terminal_) fmt::print("\r\x1b[K");
    static_cast<void>(std::fflush(stdout));
    fmt::print(stderr, "adit-miner: {}\n", line);
}

void Miner::finish(const std::string& reason) {
    hashers_.stop();
    const auto now = clock_.steady_now();
    const auto line = statistics_.summary_line(hashers_.hashes(), outstanding_, now);
    if (is_terminal_) fmt::print("\r\x1b[K");
    fmt::print("{}: {}\n", reason, line);
    static_cast<void>(std::fflush(stdout));
    if (options_.summary_path.empty()) return;
    std::ofstream file{options_.summary_path};
    file << statistics_.summary_json(hashers_.hashes(), outstanding_, now) << std::flush;
    if (!file) throw std::runtime_error("cannot write the summary " + options_.summary_path);
}

}  // namespace miner
