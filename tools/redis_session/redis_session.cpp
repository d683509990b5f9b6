#include "redis_session/redis_session.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

#include "base/log.h"
#include "ledger/keys.h"
#include "service/secret_file.h"

namespace redis_session {
namespace {

redis::Address read_address(const std::string& flag, const std::string& text) {
    const auto address = redis::parse_address(text);
    if (!address)
        throw std::runtime_error(
            fmt::format("{} {}: neither host:port nor unix:/path", flag, text));
    return *address;
}

redis::ClientConfig to_config(const Options& options) {
    redis::ClientConfig config;
    if (options.sentinels.empty() && options.cluster.empty())
        config.address = read_address("--redis", options.redis);
    for (const auto& sentinel : options.sentinels)
        config.sentinels.push_back(read_address("--sentinel", sentinel));
    config.master = options.sentinels.empty() ? "" : options.master;
    for (const auto& node : options.cluster)
        config.cluster.push_back(read_address("--cluster", node));
    if (!options.cluster.empty() && options.db != 0)
        throw std::runtime_error("--db must be 0: a cluster has no other database");
    config.username = options.username;
    if (!options.password_file.empty())
        config.password = service::read_secret_file(options.password_file, "--password-file");
    config.db = options.db;
    config.command_timeout = std::chrono::seconds{5};
    return config;
}

}  // namespace

void check(const Options& options) {
    to_config(options);
}

std::string describe(const Options& options) {
    if (!options.cluster.empty())
        return fmt::format("the redis cluster of {}", fmt::join(options.cluster, ", "));
    return options.sentinels.empty() ? "redis at " + options.redis
                                     : fmt::format("redis {} of the sentinels {}", options.master,
                                                   fmt::join(options.sentinels, ", "));
}

void add_options(CLI::App& app, Options& options) {
    auto* redis =
        app.add_option("--redis", options.redis, "host:port or unix:/path")->capture_default_str();
    auto* sentinels =
        app.add_option("--sentinel", options.sentinels, "host:port of a Sentinel; once for each")
            ->excludes(redis);
    app.add_option("--master", options.master, "the name by which Sentinels know the primary")
        ->capture_default_str()
        ->needs(sentinels);
    app.add_option("--cluster", options.cluster,
                   "host:port of a node of a Redis Cluster, which knows the others; once for each")
        ->excludes(redis)
        ->excludes(sentinels);
    app.add_option("--username", options.username, "for AUTH");
    app.add_option("--password-file", options.password_file, "a file that others cannot read");
    app.add_option("--db", options.db, "database number")->capture_default_str();
}

Session::Session(const Options& options)
    : where_(describe(options)),
      client_(redis::make_client(io_, to_config(options), clock_, random_)) {}

redis::Reply Session::command(redis::Args args) {
    using Answer = base::Result<redis::Reply, redis::Error>;
    auto answer =
        await<Answer>([&](auto done) { client_->command(std::move(args), std::move(done)); });
    if (!answer) throw std::runtime_error(where_ + ": " + answer.error().text);
    return std::move(*answer);
}

std::uint32_t Session::partitions() {
    const auto reply = command({"HGET", ledger::keys::pool_config, "partitions"});
    const auto* text = reply.string();
    std::uint32_t partitions = 0;
    if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), partitions);
    if (partitions == 0)
        throw std::runtime_error(where_ + " holds no pool; is it the right one, and --db?");
    return partitions;
}

}  // namespace redis_session
