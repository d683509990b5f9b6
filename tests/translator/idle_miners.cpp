#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/clock.h"

// Thousands of SV1 miners that never find a share, in one process: for ./dev bench translator.
// Says "ready" when each has a job; then a line for each new tip, when it has reached all of them:
// when the first and the last had read it, in microseconds of unix time.
namespace {

struct Options {
    std::string host{"127.0.0.1"};
    std::uint16_t port{};
    std::size_t miners{};
};

/// Below the connections that one address may have.
constexpr std::size_t miners_per_address = 1000;
/// Under way at once: what a listener's backlog holds.
constexpr std::size_t starting_max = 500;
constexpr std::size_t largest_line = 64 * 1024;

struct Miner {
    int socket{-1};
    bool has_job{};
    std::string line{};       // that has not ended
    std::string prev_hash{};  // of its last job
};

std::int64_t now_us() {
    return base::SystemClock{}.unix_now().time_since_epoch().count();
}

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

class Miners {
  public:
    explicit Miners(const Options& options)
        : options_(options), miners_(options.miners), epoll_(::epoll_create1(0)) {
        if (epoll_ < 0) fail("epoll");
    }

    void run() {
        while (started_ < miners_.size() || with_job_ < miners_.size()) {
            while (started_ < miners_.size() && started_ - with_job_ < starting_max) start_next();
            hear();
        }
        is_ready_ = true;
        std::puts("ready");
        std::fflush(stdout);
        for (;;) hear();
    }

  private:
    void start_next() {
        const auto number = started_++;
        auto& miner = miners_[number];
        miner.socket = ::socket(AF_INET, SOCK_STREAM, 0);
        if (miner.socket < 0) fail("socket");
        sockaddr_in local{};
        local.sin_family = AF_INET;
        local.sin_addr.s_addr =
            htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(number / miners_per_address));
        if (::bind(miner.socket, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0)
            fail("bind");
        sockaddr_in remote{};
        remote.sin_family = AF_INET;
        remote.sin_addr.s_addr = ::inet_addr(options_.host.c_str());
        remote.sin_port = htons(options_.port);
        if (::connect(miner.socket, reinterpret_cast<const sockaddr*>(&remote), sizeof remote) != 0)
            fail("connect");
        ::fcntl(miner.socket, F_SETFL, O_NONBLOCK);
        const auto lines = R"({"id":1,"method":"mining.subscribe","params":["cgminer/4.11.1"]})"
                           "\n"
                           R"({"id":2,"method":"mining.authorize","params":["farm.idle)" +
                           std::to_string(number) + "\",\"x\"]}\n";
        if (::send(miner.socket, lines.data(), lines.size(), MSG_NOSIGNAL) < 0) fail("send");
        epoll_event event{.events = EPOLLIN, .data = {.u64 = number}};
        if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, miner.socket, &event) != 0) fail("epoll_ctl");
    }

    void hear() {
        std::array<epoll_event, 512> events{};
        const int count =
            ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 10'000);
        if (count < 0 && errno != EINTR) fail("epoll_wait");
        for (int i = 0; i < count; ++i)
            hear(miners_[events.at(static_cast<std::size_t>(i)).data.u64]);
    }

    void hear(Miner& miner) {
        const auto size = ::recv(miner.socket, buffer_.data(), buffer_.size(), 0);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (size <= 0) throw std::runtime_error{"a miner's connection has ended"};
        std::string_view unread{buffer_.data(), static_cast<std::size_t>(size)};
        for (;;) {
            const auto end = unread.find('\n');
            if (end == std::string_view::npos) break;
            if (miner.line.empty()) {
                take(miner, unread.substr(0, end));
            } else {
                miner.line += unread.substr(0, end);
                take(miner, miner.line);
                miner.line.clear();
            }
            unread.remove_prefix(end + 1);
        }
        miner.line += unread;
    }

    /// Its second parameter is the tip's hash.
    void take(Miner& miner, std::string_view line) {
        if (line.find("\"mining.notify\"") == std::string_view::npos ||
            line.find("\"params\"") == std::string_view::npos)
            return;
        auto rest = line.substr(line.find("\"params\""));
        const auto first = rest.find(',');
        const auto begin = rest.find('"', first);
        if (first == std::string_view::npos || begin == std::string_view::npos) return;
        const auto prev_hash = rest.substr(begin + 1, 64);
        const auto now = now_us();
        if (!miner.has_job) {
            miner.has_job = true;
            ++with_job_;
        }
        if (miner.prev_hash == prev_hash) return;
        miner.prev_hash = prev_hash;
        if (tip_ != prev_hash) {
            tip_ = prev_hash;
            first_us_ = now;
            reached_ = 0;
        }
        if (++reached_ == miners_.size() && is_ready_) {
            std::printf("{\"first_us\": %lld, \"last_us\": %lld}\n",
                        static_cast<long long>(first_us_), static_cast<long long>(now));
            std::fflush(stdout);
        }
    }

    Options options_;
    std::vector<Miner> miners_;
    int epoll_;
    std::array<char, largest_line> buffer_{};
    std::size_t started_ = 0;
    std::size_t with_job_ = 0;
    bool is_ready_ = false;
    std::string tip_{};
    std::size_t reached_ = 0;  // miners that have heard of it
    std::int64_t first_us_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
    Options options;
    CLI::App app{"Idle SV1 miners, and when new tips reach them."};
    app.add_option("--port", options.port, "of the translator, on this machine")->required();
    app.add_option("--miners", options.miners, "how many")
        ->required()
        ->check(CLI::Range(1, 100'000));
    CLI11_PARSE(app, argc, argv);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    Miners{options}.run();
} catch (const std::exception& error) {
    std::fprintf(stderr, "idle miners: %s\n", error.what());
    return EXIT_FAILURE;
}
