#include "support/redis_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>

#include "redis/hiredis_reply.h"

namespace test_support {

std::uint16_t free_port() {
    // Below the kernel's own choices (ip_local_port_range): a port out of those may be taken by any
    // outgoing connection before its server starts, or starts again.
    static std::atomic<unsigned> next{std::random_device{}()};
    for (int tries = 0; tries < 1000; ++tries) {
        const auto port = static_cast<std::uint16_t>(10'000 + next++ % 10'000);
        const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        at.sin_port = htons(port);
        const bool is_bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
        ::close(fd);
        if (is_bound) return port;
    }
    throw std::runtime_error("no free port");
}

RedisServer::RedisServer(std::vector<std::string> options)
    : port_(free_port()), options_(std::move(options)) {
    char pattern[] = "/tmp/adit-redis-XXXXXX";
    if (::mkdtemp(pattern) == nullptr) throw std::runtime_error("no directory for redis");
    directory_ = pattern;
    start();
}

RedisServer::~RedisServer() {
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

redis::Address RedisServer::unix_address() const {
    redis::Address address;
    address.unix_path = directory_ + "/redis.sock";
    return address;
}

redis::Address RedisServer::address() const {
    redis::Address address;
    address.host = "127.0.0.1";
    address.port = port_;
    return address;
}

void RedisServer::kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

void RedisServer::start() {
    std::vector<std::string> words{"redis-server"};
    // A Sentinel wants its configuration file first, and that file to be writable.
    const bool has_file = !options_.empty() && !options_.front().starts_with("--");
    if (has_file) words.push_back(options_.front());
    for (const std::string& word :
         {std::string{"--port"}, std::to_string(port_), std::string{"--bind"},
          std::string{"127.0.0.1"}, std::string{"--unixsocket"}, directory_ + "/redis.sock",
          std::string{"--dir"}, directory_, std::string{"--save"}, std::string{},
          std::string{"--logfile"}, directory_ + "/redis.log"})
        words.push_back(word);
    // A replica need not wait five seconds for others that might want the same snapshot.
    if (!has_file) words.insert(words.end(), {"--repl-diskless-sync-delay", "0"});
    words.insert(words.end(), options_.begin() + (has_file ? 1 : 0), options_.end());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int null = ::open("/dev/null", O_RDWR);
        ::dup2(null, STDOUT_FILENO);
        ::execvp(argv[0], argv.data());
        ::_exit(127);
    }
    for (int i = 0; i < 2000; ++i) {
        const auto pong = run({"PING"});
        if (pong.string() != nullptr) return;
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) == pid_) {
            pid_ = -1;
            throw std::runtime_error("redis-server ended at its start; is it installed?");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    throw std::runtime_error("redis-server does not answer");
}

void RedisServer::remember_files() {
    const std::filesystem::path from{directory_ + "/appendonlydir"};
    const std::filesystem::path to{directory_ + "/remembered"};
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

void RedisServer::go_back_to_remembered_files() {
    kill();
    const std::filesystem::path to{directory_ + "/appendonlydir"};
    std::filesystem::remove_all(to);
    std::filesystem::copy(directory_ + "/remembered", to, std::filesystem::copy_options::recursive);
    start();
}

void RedisServer::freeze() {
    ::kill(pid_, SIGSTOP);
}

void RedisServer::thaw() {
    ::kill(pid_, SIGCONT);
}

redis::Reply RedisServer::run(const redis::Args& args) const {
    const auto failed = [](const char* what) {
        return redis::Reply{redis::Reply::ErrorText{what}};
    };
    const std::unique_ptr<redisContext, void (*)(redisContext*)> context{
        redisConnect("127.0.0.1", port_), redisFree};
    if (context == nullptr || context->err != 0) return failed("no connection");
    redisSetTimeout(context.get(), timeval{5, 0});
    std::vector<const char*> pointers;
    std::vector<std::size_t> lengths;
    for (const auto& arg : args) {
        pointers.push_back(arg.data());
        lengths.push_back(arg.size());
    }
    const std::unique_ptr<void, void (*)(void*)> reply{
        redisCommandArgv(context.get(), static_cast<int>(args.size()), pointers.data(),
                         lengths.data()),
        freeReplyObject};
    if (reply == nullptr) return failed("no answer");
    return redis::to_reply(*static_cast<const redisReply*>(reply.get()));
}

redis::Reply RedisServer::run_script(std::string_view text, const redis::Args& keys,
                                     const redis::Args& args) const {
    redis::Args all{"EVAL", std::string{text}, std::to_string(keys.size())};
    all.insert(all.end(), keys.begin(), keys.end());
    all.insert(all.end(), args.begin(), args.end());
    return run(all);
}

}  // namespace test_support
