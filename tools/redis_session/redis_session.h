#pragma once

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "redis/process_client.h"

namespace redis_session {

/// Where a tool finds Redis, as its flags say.
struct Options {
    std::string redis = "127.0.0.1:6379";
    std::vector<std::string> sentinels{};
    std::string master = "adit";
    std::vector<std::string> cluster{};
    std::string username{};
    std::string password_file{};
    std::uint32_t db = 0;
};

/// Adds --redis, --sentinel, --master, --cluster, --username, --password-file and --db.
void add_options(CLI::App& app, Options& options);

/// Errors: throws std::runtime_error, which names the flag, where one of them cannot be right.
void check(const Options& options);

/// "redis at 127.0.0.1:6379", for errors.
std::string describe(const Options& options);

/// A connection for a tool, whose calls wait. Errors: throws std::runtime_error, which names the
/// cause, when Redis does not answer within five seconds.
class Session {
  public:
    explicit Session(const Options& options);

    redis::Client& client() { return *client_; }

    /// Starts `take(callback)` and turns the loop until the callback is called.
    template <class R, class Take>
    R await(Take take) {
        std::optional<R> result;
        take([&result](R got) { result = std::move(got); });
        turn_until([&result] { return result.has_value(); });
        return std::move(*result);
    }
    /// One command; an error reply is thrown.
    redis::Reply command(redis::Args args);

    /// Of the pool that is in this Redis. Throws when none is.
    std::uint32_t partitions();

  private:
    template <class Claim>
    void turn_until(Claim claim) {
        const auto end = clock_.steady_now() + std::chrono::seconds{30};
        while (!claim()) {
            if (clock_.steady_now() > end) throw std::runtime_error(where_ + " does not answer");
            io_.restart();
            io_.run_one_for(std::chrono::milliseconds{100});
        }
    }

    std::string where_;
    base::SystemClock clock_{};
    base::SystemRandom random_{};
    boost::asio::io_context io_{};
    std::unique_ptr<redis::ProcessClient> client_;
};

}  // namespace redis_session
