#pragma once

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>

#include "support/redis_server.h"

namespace share_export {

/// A PostgreSQL of its own for one test: a cluster in a fresh folder under /tmp, on a free port of
/// 127.0.0.1, without passwords. As root it is run by the user postgres, since it refuses root.
class PostgresServer {
  public:
    /// Why there can be none; empty when there can.
    static std::string why_not() {
        if (binaries().empty()) return "skipped: no PostgreSQL server (Debian: postgresql)";
        if (::getuid() == 0 && std::system("id -u postgres > /dev/null 2>&1") != 0)
            return "skipped: root cannot run PostgreSQL, and there is no user postgres";
        return "";
    }

    PostgresServer() : port_(test_support::free_port()) {
        char pattern[] = "/tmp/adit-postgres-XXXXXX";
        folder_ = ::mkdtemp(pattern);
        ::chmod(folder_.c_str(), 0777);
        run(as_user() + (binaries() / "initdb").string() + " -D " + data() +
            " -U postgres -A trust --no-sync -E UTF8 --locale=C");
        start();
    }
    ~PostgresServer() {
        kill();
        std::filesystem::remove_all(folder_);
    }
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    std::uint16_t port() const { return port_; }
    const std::filesystem::path& folder() const { return folder_; }

    void start() {
        // Memory of a server that was killed may be held for a moment.
        for (int tries = 0; tries < 20; ++tries) {
            const auto command = as_user() + (binaries() / "pg_ctl").string() + " -D " + data() +
                                 " -l " + (folder_ / "log").string() + " -w -t 20 -o '-p " +
                                 std::to_string(port_) + " -k " + folder_.string() +
                                 " -c listen_addresses=127.0.0.1 -c fsync=off "
                                 "-c shared_buffers=16MB' start > " +
                                 (folder_ / "start").string() + " 2>&1";
            if (std::system(command.c_str()) == 0) return;
            std::this_thread::sleep_for(std::chrono::milliseconds{200});
        }
        throw std::runtime_error("PostgreSQL does not start: " + text_of("start") + text_of("log"));
    }
    /// As kill -9 of all of its processes does. Its lock files are gone afterwards: a process that
    /// is dead, and not waited for by its parent, counts as a running server there.
    void kill() const {
        const auto first = text_of("data/postmaster.pid");
        signal_all(SIGKILL);
        if (first.empty()) return;
        const auto stat = "/proc/" + first.substr(0, first.find('\n')) + "/stat";
        for (int tries = 0; tries < 1000 && is_alive(stat); ++tries)
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        std::filesystem::remove(data() + "/postmaster.pid");
        const auto socket = folder_ / (".s.PGSQL." + std::to_string(port_));
        std::filesystem::remove(socket);
        std::filesystem::remove(socket.string() + ".lock");
    }
    void freeze() const { signal_all(SIGSTOP); }
    void thaw() const { signal_all(SIGCONT); }

  private:
    static std::filesystem::path binaries() {
        for (const char* version : {"17", "16", "15", "14", "13"}) {
            const std::filesystem::path folder =
                std::string{"/usr/lib/postgresql/"} + version + "/bin";
            if (std::filesystem::exists(folder / "initdb")) return folder;
        }
        return {};
    }
    static std::string as_user() {
        return ::getuid() == 0 ? "setpriv --reuid postgres --regid postgres --clear-groups -- "
                               : "";
    }
    std::string data() const { return (folder_ / "data").string(); }
    std::string text_of(const char* name) const {
        std::ifstream file{folder_ / name};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    static bool is_alive(const std::string& stat) {
        std::string text;
        return std::getline(std::ifstream{stat}, text) && text.find(") Z ") == std::string::npos;
    }
    static void run(const std::string& command) {
        if (std::system((command + " > /dev/null 2>&1").c_str()) != 0)
            throw std::runtime_error("failed: " + command);
    }
    /// The server's first process and its children, by what it wrote down.
    void signal_all(int number) const {
        const auto first = "$(head -1 " + data() + "/postmaster.pid 2>/dev/null)";
        const auto command = "p=" + first +
                             "; [ -n \"$p\" ] && c=$(cat /proc/$p/task/*/children); kill -" +
                             std::to_string(number) + " $p $c > /dev/null 2>&1";
        [[maybe_unused]] const int ignored = std::system(command.c_str());
    }

    std::filesystem::path folder_{};
    std::uint16_t port_ = 0;
};

}  // namespace share_export
