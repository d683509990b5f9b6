#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "redis/address.h"
#include "redis/client.h"

namespace test_support {

/// A redis-server of its own for one test: a child process, data in a fresh directory under /tmp,
/// a unix socket and a free port on 127.0.0.1. Gone, with its directory, at the end of its scope.
/// Throws std::runtime_error when it does not come up.
class RedisServer {
  public:
    /// `options` as on redis-server's command line: {"--appendonly", "yes"}.
    explicit RedisServer(std::vector<std::string> options = {});
    ~RedisServer();
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    redis::Address unix_address() const;
    redis::Address address() const;
    std::uint16_t port() const { return port_; }

    /// As kill -9 does.
    void kill();
    bool is_running() const { return pid_ >= 0; }
    /// Starts it again on the same port and directory.
    void start();
    /// Keeps a copy of what is on disk now, and later goes back to it, as an operator does who
    /// restores a backup: killed, its files put back, started.
    void remember_files();
    void go_back_to_remembered_files();
    /// SIGSTOP and SIGCONT: it is there and does not answer.
    void freeze();
    void thaw();

    /// One command, waited for, on a connection of its own. An error reply is a Reply::ErrorText.
    redis::Reply run(const redis::Args& args) const;
    /// What a script answers, where no client is between.
    redis::Reply run_script(std::string_view text, const redis::Args& keys,
                            const redis::Args& args) const;

  private:
    std::string directory_{};
    std::uint16_t port_ = 0;
    std::vector<std::string> options_{};
    pid_t pid_ = -1;
};

/// A port that nothing listens on at this moment.
std::uint16_t free_port();

}  // namespace test_support
