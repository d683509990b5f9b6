// What a pool of many channels keeps in Redis over one block interval. Opens the channels and gives
// their shares of one tip as workers do: batches are judged, turned into commits and committed by
// the shipped script through the shipped client into a Redis of its own, and the log is summed up
// as vardiff does. Then asks Redis what each kind of key takes. That Redis writes no file: memory
// is measured, and a fork or a rewrite would disturb it. For ./dev bench redis-memory.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bus/batch_builder.h"
#include "bus/codec.h"
#include "channel-manager/batch_testing.h"
#include "channel-manager/judgement.h"
#include "channel-manager/to_commit.h"
#include "ledger/keys.h"
#include "ledger/ledger.h"
#include "redis/hiredis_client.h"
#include "share_log/projector.h"
#include "support/loop.h"
#include "support/redis_server.h"

namespace channel_manager {
namespace {

constexpr double megabyte = 1e6;
constexpr std::size_t commits_in_flight_max = 16;
constexpr std::chrono::minutes patience{5};
constexpr std::uint64_t failures_max = 1'000;
constexpr std::size_t opens_in_a_batch = 64;

struct Settings {
    std::uint32_t channels = 100'000;
    std::uint32_t shares_each = 60;  // 6 a minute for ten minutes
    std::uint32_t gateways = 10;
    std::uint32_t partitions = 16;
    std::uint32_t batch = 256;
    double budget_mb = 150;
    /// Of an account's name; a taproot address has 62.
    std::uint32_t account_size = 42;
    std::uint32_t channels_of_account = 1;
};

struct Usage {
    double bytes = 0;
    std::uint64_t keys = 0;
    std::uint64_t members = 0;
    std::string some_key{};
};

/// Redis, and what it says about its memory.
class Measured {
  public:
    /// Beside every key, so what it takes in the table of all keys is "rest".
    /// `members` is the command that counts those of a key, where they matter.
    Usage usage_of(const std::string& pattern, const std::string& members = "") const {
        static constexpr const char* script = R"(
            local found = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', 2000)
            local bytes, members = 0, 0
            for _, key in ipairs(found[2]) do
                bytes = bytes + redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 0)
                if ARGV[3] ~= '' then members = members + redis.call(ARGV[3], key) end
            end
            return {found[1], string.format('%.0f', bytes), #found[2], members,
                    found[2][1] or ''})";
        Usage usage;
        std::string cursor = "0";
        do {
            const auto reply = run({"EVAL", script, "0", cursor, pattern, members});
            cursor = std::string{reply.string_at(0)};
            usage.bytes += std::stod(std::string{reply.string_at(1)});
            usage.keys += static_cast<std::uint64_t>(*reply.array()->at(2).integer());
            usage.members += static_cast<std::uint64_t>(*reply.array()->at(3).integer());
            if (!reply.string_at(4).empty()) usage.some_key = reply.string_at(4);
        } while (cursor != "0");
        return usage;
    }
    std::string info(const std::string& section, const std::string& field) const {
        const auto reply = run({"INFO", section});
        const std::string text = reply.string() == nullptr ? "" : *reply.string();
        const auto at = text.find("\n" + field + ":");
        if (at == std::string::npos) throw std::runtime_error("INFO has no " + field);
        const auto begin = at + field.size() + 2;
        return text.substr(begin, text.find('\r', begin) - begin);
    }
    std::string encoding(const std::string& key) const {
        return *run({"OBJECT", "ENCODING", key}).string();
    }
    double used() const { return std::stod(info("memory", "used_memory")); }

    redis::Reply run(const redis::Args& args) const {
        auto reply = server.run(args);
        if (const auto* error = std::get_if<redis::Reply::ErrorText>(&reply.value))
            throw std::runtime_error("Redis: " + error->text);
        return reply;
    }

    test_support::RedisServer server{{"--appendonly", "no", "--save", ""}};
};

/// All gateways and workers of a pool, as far as the ledger sees them.
class Pool {
  public:
    Pool(const Settings& settings, const Measured& redis)
        : settings_(settings),
          redis_(redis),
          client_(io_, config_for(redis), clock_, random_),
          projectors_client_(io_, config_for(redis), clock_, random_) {
        templates_.add(mining::some_template());
        policy_ = some_policy();
        for (std::uint32_t partition = 0; partition < settings.partitions; ++partition)
            projectors_.push_back(std::make_unique<share_log::Projector>(
                io_, projectors_client_,
                share_log::Projector::Settings{.partition = partition,
                                               .poll_interval = std::chrono::milliseconds{20}}));
        for (auto& projector : projectors_) projector->start();
    }

    void open_channels() {
        for_each_stream([&](std::uint32_t gateway, std::uint32_t partition) {
            auto batch = begin(gateway, partition);
            for_each_channel(gateway, partition, [&](std::uint32_t number) {
                auto open = some_open();
                open.key = key(gateway, number);
                open.user_identity = identity(number);
                open.peer = fmt::format("203.0.113.{}:{}", number % 250, 20'000 + number % 40'000);
                open.channel_id = number;
                batch.add_event(open);
                if (batch.entries() < opens_in_a_batch) return;
                finish(std::move(batch), gateway, partition);
                batch = begin(gateway, partition);
            });
            finish(std::move(batch), gateway, partition);
        });
        drain();
    }

    /// One share of each channel.
    void submit(std::uint32_t round) {
        for_each_stream([&](std::uint32_t gateway, std::uint32_t partition) {
            auto batch = begin(gateway, partition);
            for_each_channel(gateway, partition, [&](std::uint32_t number) {
                add_share(batch, key(gateway, number), number, round);
                if (batch.shares() < settings_.batch) return;
                finish(std::move(batch), gateway, partition);
                batch = begin(gateway, partition);
            });
            finish(std::move(batch), gateway, partition);
        });
        drain();
    }

    std::uint64_t credited() const { return credited_; }
    std::uint64_t batches() const { return batches_; }

  private:
    static redis::ClientConfig config_for(const Measured& redis) {
        redis::ClientConfig config;
        config.address = redis.server.unix_address();
        // Memory is measured here, not time: a busy machine is waited for.
        config.command_timeout = patience;
        return config;
    }

    /// A gateway's queue of one partition.
    template <class Body>
    void for_each_stream(Body body) const {
        for (std::uint32_t gateway = 0; gateway < settings_.gateways; ++gateway)
            for (std::uint32_t partition = 0; partition < settings_.partitions; ++partition)
                body(gateway, partition);
    }
    template <class Body>
    void for_each_channel(std::uint32_t gateway, std::uint32_t partition, Body body) const {
        const auto stride = settings_.gateways * settings_.partitions;
        for (auto number = gateway * settings_.partitions + partition; number < settings_.channels;
             number += stride)
            body(number);
    }
    static mining::Epoch epoch(std::uint32_t gateway) { return {1'000'000 + gateway}; }
    static mining::ChannelKey key(std::uint32_t gateway, std::uint32_t number) {
        return *mining::ChannelKey::of(epoch(gateway), number);
    }
    std::string identity(std::uint32_t number) const {
        return fmt::format("bc1{:0>{}}.worker", number / settings_.channels_of_account,
                           settings_.account_size - 3);
    }

    bus::BatchBuilder begin(std::uint32_t gateway, std::uint32_t partition) const {
        bus::BatchBuilder batch{epoch(gateway), bus::Partition{partition}};
        batch.add_live_tip(mining::some_template().tip.prev_hash);
        return batch;
    }
    void add_share(bus::BatchBuilder& batch, mining::ChannelKey channel, std::uint32_t number,
                   std::uint32_t round) const {
        auto job = mining::some_record();
        job.channel = channel;
        job.extranonce_prefix = *mining::Extranonce::from(channel.to_bytes());
        auto share = mining::some_share();
        share.sequence_number = round;
        share.nonce = round * 0x9e3779b9U;
        const bus::Channel sender{channel, job.kind, identity(number), job.extranonce_size};
        batch.add_share({sender, job, policy_.payout.pool}, share, "");
    }
    void finish(bus::BatchBuilder&& builder, std::uint32_t gateway, std::uint32_t partition) {
        if (builder.entries() == 0) return;
        const auto batch =
            std::move(builder).finish(++sequences_[gateway * settings_.partitions + partition]);
        const auto judgement = judge(batch, templates_, policy_, cache_);
        in_flight_ += 1;
        batches_ += 1;
        commit(std::make_shared<const ledger::Commit>(
            to_commit(batch, judgement, bytes_of(batch), bus::WorkerId{1})));
        wait_until_at_most(commits_in_flight_max);
    }
    /// Again and again, as a worker does: the machine may be too busy for the client's patience.
    void commit(const std::shared_ptr<const ledger::Commit>& what) {
        ledger_.commit(*what, [this, what](const auto& committed) {
            if (!committed) {
                if (++failures_ > failures_max) throw std::runtime_error("commits fail");
                return commit(what);
            }
            for (const bool duplicate : committed->duplicates)
                if (duplicate) throw std::runtime_error("a share came twice");
            in_flight_ -= 1;
            credited_ += what->shares;
        });
    }
    /// Until all is committed and summed up.
    void drain() {
        wait_until_at_most(0);
        std::vector<std::uint64_t> written;
        for (std::uint32_t partition = 0; partition < settings_.partitions; ++partition) {
            const auto bytes = redis_.run({"GET", ledger::keys::log_bytes(partition)});
            written.push_back(bytes.string() == nullptr ? 0 : std::stoull(*bytes.string()));
        }
        const auto is_summed_up = [&] {
            for (std::uint32_t partition = 0; partition < settings_.partitions; ++partition)
                if (projectors_[partition]->position().bytes != written[partition]) return false;
            return true;
        };
        if (!test_support::run_until(io_, is_summed_up, patience))
            throw std::runtime_error("the log is not summed up");
    }
    void wait_until_at_most(std::size_t commits) {
        if (!test_support::run_until(
                io_, [&] { return in_flight_ <= commits; }, patience))
            throw std::runtime_error("Redis does not answer");
    }

    Settings settings_;
    const Measured& redis_;
    boost::asio::io_context io_{};
    base::SystemClock clock_{};
    base::SeededRandom random_{1};
    redis::HiredisClient client_;
    redis::HiredisClient projectors_client_;  // as vardiff has its own
    ledger::Ledger ledger_{client_, ledger::LedgerSettings{}};
    FakeTemplates templates_{};
    OpenPolicy policy_{};
    mining::JobCache cache_{16};
    std::map<std::uint32_t, std::uint64_t> sequences_{};
    std::size_t in_flight_ = 0;
    std::uint64_t credited_ = 0;
    std::uint64_t batches_ = 0;
    std::uint64_t failures_ = 0;
    std::vector<std::unique_ptr<share_log::Projector>> projectors_{};
};

/// What the log takes now, and then nothing: its readers have acknowledged all of it.
double take_log(const Measured& redis, std::uint32_t partitions) {
    double bytes = 0;
    for (std::uint32_t partition = 0; partition < partitions; ++partition) {
        const auto log = ledger::keys::log(partition);
        const auto usage = redis.run({"MEMORY", "USAGE", log, "SAMPLES", "0"});
        if (usage.integer() != nullptr) bytes += static_cast<double>(*usage.integer());
        redis.run({"XTRIM", log, "MAXLEN", "0"});
    }
    return bytes;
}

void print_row(const char* what, double bytes, const std::string& note) {
    fmt::print("  {:<12}{:>9.1f} MB  {}\n", what, bytes / megabyte, note);
}

bool measure(const Settings& settings) {
    const Measured redis;
    const auto empty = redis.used();
    Pool pool{settings, redis};
    const auto began = std::chrono::steady_clock::now();
    pool.open_channels();
    double log = take_log(redis, settings.partitions);
    for (std::uint32_t round = 1; round <= settings.shares_each; ++round) {
        pool.submit(round);
        log += take_log(redis, settings.partitions);
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;

    const auto channels = redis.usage_of("{p*}:ch:*");
    const auto seen = redis.usage_of("{p*}:seen:*", "SCARD");
    const auto sums = redis.usage_of("{p*}:sums", "HLEN");
    const auto gateways = redis.usage_of("{p*}:gw");
    const auto left_of_log = redis.usage_of("{p*}:log");
    const auto shares = static_cast<double>(pool.credited());
    const auto together = redis.used() - empty - left_of_log.bytes;
    if (channels.keys != settings.channels || seen.members != pool.credited())
        throw std::runtime_error(fmt::format("Redis has {} channels and {} shares, wanted {}, {}",
                                             channels.keys, seen.members, settings.channels,
                                             pool.credited()));

    fmt::print(
        "Redis {} after {} channels and {:.0f} shares of one tip, {} gateways, {} "
        "partitions\n",
        redis.info("server", "redis_version"), settings.channels, shares, settings.gateways,
        settings.partitions);
    print_row("channels", channels.bytes,
              fmt::format("{:.0f} B each, {}", channels.bytes / settings.channels,
                          redis.encoding(channels.some_key)));
    print_row("seen sets", seen.bytes,
              fmt::format("{:.1f} B a share, in {} sets", seen.bytes / shares, seen.keys));
    print_row("sums", sums.bytes, fmt::format("of {} names", sums.members));
    print_row("gateways", gateways.bytes, "the outcome of each one's last batch");
    print_row("rest", together - channels.bytes - seen.bytes - sums.bytes - gateways.bytes,
              "the table of keys, scripts, connections");
    print_row("together", together, fmt::format("of {:.0f} MB", settings.budget_mb));
    print_row("log", log,
              fmt::format("{:.0f} B a share; trimmed behind its readers, hence not in there",
                          log / shares));
    fmt::print("{} batches in {:.0f} s of a worker and a Redis without AOF\n", pool.batches(),
               seconds.count());
    return together <= settings.budget_mb * megabyte;
}

Settings read_settings(int argc, char** argv) {
    Settings settings;
    CLI::App app{"What a pool of many channels keeps in Redis over one block interval."};
    app.add_option("--channels", settings.channels, "Open channels")
        ->check(CLI::Range(1U, 10'000'000U))
        ->capture_default_str();
    app.add_option("--shares-each", settings.shares_each, "Shares of each channel, of one tip")
        ->check(CLI::Range(1U, 100'000U))
        ->capture_default_str();
    app.add_option("--batch", settings.batch, "Shares of a batch at most")
        ->check(CLI::Range(1U, 4'096U))
        ->capture_default_str();
    app.add_option("--account-size", settings.account_size, "Characters of an account's name")
        ->check(CLI::Range(10U, 240U))
        ->capture_default_str();
    app.add_option("--channels-of-account", settings.channels_of_account, "Channels each has")
        ->check(CLI::Range(1U, 10'000'000U))
        ->capture_default_str();
    app.add_option("--budget", settings.budget_mb, "In MB, without the log")
        ->check(CLI::Range(1.0, 1e6))
        ->capture_default_str();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::exit(app.exit(error) == 0 ? 0 : 2);
    }
    return settings;
}

}  // namespace
}  // namespace channel_manager

int main(int argc, char** argv) try {
    const bool is_within = channel_manager::measure(channel_manager::read_settings(argc, argv));
    fmt::print("{} the budget\n", is_within ? "within" : "BEYOND");
    return is_within ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (const std::exception& error) {
    fmt::print(stderr, "redis_memory: {}\n", error.what());
    return 2;
}
