#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <zmq.hpp>

#include "bitcoin/uint256.h"
#include "new_block/watchers.h"
#include "noise/url.h"

namespace {

using namespace std::chrono_literals;
using new_block::Micros;

/// When a node's publisher announced which block; heard on a thread of its own, so that the miners
/// do not delay it.
class Announcements {
  public:
    explicit Announcements(const std::string& endpoint) {
        std::thread{[this, endpoint] { listen(endpoint); }}.detach();
    }
    Micros of(const std::string& tip) {
        const std::lock_guard lock{mutex_};
        const auto found = heard_.find(tip);
        return found == heard_.end() ? 0 : found->second;
    }

  private:
    void listen(const std::string& endpoint) {
        zmq::context_t context{1};
        zmq::socket_t socket{context, zmq::socket_type::sub};
        socket.set(zmq::sockopt::subscribe, "hashblock");
        socket.connect(endpoint);
        for (;;) {
            zmq::message_t topic, hash, sequence;
            if (!socket.recv(topic) || !socket.recv(hash) || !socket.recv(sequence)) continue;
            const auto at = new_block::now();
            std::string hex;
            char digits[3];
            for (const auto byte : hash.to_string()) {
                std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(byte));
                hex += digits;
            }
            const std::lock_guard lock{mutex_};
            heard_.emplace(hex, at);
        }
    }

    std::mutex mutex_{};
    std::map<std::string, Micros> heard_{};
};

bool has_line() {
    pollfd in{STDIN_FILENO, POLLIN, 0};
    return ::poll(&in, 1, 0) > 0;
}

nlohmann::json to_json(const new_block::Span& span) {
    return {{"first_us", span.first}, {"last_us", span.last}, {"count", span.count}};
}

// A line of stdin is a tip; it is answered when every miner has a full job on it, or has not for so
// long.
void answer(const std::string& tip, new_block::Watchers& watchers, Announcements& announcements) {
    const auto end = new_block::now() + 30'000'000;
    const auto is_told = [&] { return watchers.of(tip).full.count >= watchers.size(); };
    while (!is_told() && new_block::now() < end) watchers.read(1ms);
    // They may be told before our own ear has had its turn.
    const auto heard_by = std::min(end, new_block::now() + 500'000);
    while (announcements.of(tip) == 0 && new_block::now() < heard_by) watchers.read(1ms);
    const auto& arrival = watchers.of(tip);
    std::cout << nlohmann::json{{"announced_us", announcements.of(tip)},
                                {"job", to_json(arrival.job)},
                                {"full", to_json(arrival.full)}}
                     .dump()
              << std::endl;
}

}  // namespace

int main(int argc, char** argv) try {
    CLI::App app{"Miners that note when they hear of a new block. See ./dev bench templates."};
    std::string url;
    std::string zmq;
    std::size_t count = 1000;
    app.add_option("--url", url, "stratum2+tcp://HOST:PORT/AUTHORITY_KEY, here")->required();
    app.add_option("--zmq", zmq, "the node's zmqpubhashblock")->required();
    app.add_option("--miners", count, "connections, a channel each")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    const auto pool = noise::parse_pool_url(url);
    if (!pool) throw std::runtime_error{std::string{noise::error_text(pool.error())}};
    Announcements announcements{zmq};
    new_block::Watchers watchers{{.port = pool->port, .authority = pool->authority.key}, count};
    const auto end = new_block::now() + 60'000'000;
    while (watchers.working() < count) {
        if (new_block::now() > end) throw std::runtime_error{"not every miner got a job"};
        watchers.read(10ms);
    }
    std::cout << "ready" << std::endl;
    // The buffer of std::cin hides lines from poll(); whoever asks waits for each answer.
    for (;;) {
        watchers.read(1ms);
        if (!has_line()) continue;
        std::string tip;
        if (!std::getline(std::cin, tip)) break;
        answer(tip, watchers, announcements);
    }
    std::_Exit(EXIT_SUCCESS);  // the thread that listens is not waited for
} catch (const std::exception& error) {
    std::cerr << "new_block_miners: " << error.what() << '\n';
    std::_Exit(EXIT_FAILURE);
}
