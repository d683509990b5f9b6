#include "aditctl/direct/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>

#include "aditctl/direct/log_print.h"
#include "ledger/readers.h"
#include "redis_session/redis_session.h"

namespace aditctl::direct {
namespace {

using ledger::LogReaders;
using ledger::ReaderFailure;
using redis_session::Session;

struct Options {
    redis_session::Options redis{};
    std::string name{};
    bool is_optional = false;
    std::string from = "oldest";
    std::uint32_t partition = 0;
    std::string id{};
    PrintOptions print{};
};

/// What one reader has before it, over all partitions.
struct Lag {
    ledger::ReaderKind kind{};
    std::uint32_t partitions = 0;
    std::uint64_t bytes = 0;
    std::int64_t oldest_ms = 0;
};

template <class T>
T value_or_throw(base::Result<T, ReaderFailure> result, std::uint32_t partition) {
    if (!result)
        throw std::runtime_error(fmt::format("partition {}: {}", partition, result.error().text));
    return std::move(*result);
}

/// Redis' clock, for which ages are.
std::int64_t now_ms(Session& session) {
    const auto time = session.command({"TIME"});
    return std::stoll(std::string{time.string_at(0)}) * 1000;
}

std::string age(std::int64_t from_ms, std::int64_t now) {
    const auto seconds = std::max<std::int64_t>(0, (now - from_ms) / 1000);
    if (seconds < 120) return fmt::format("{}s", seconds);
    if (seconds < 7200) return fmt::format("{}m", seconds / 60);
    return fmt::format("{}h", seconds / 3600);
}

void show_readers(const Options& options) {
    Session session{options.redis};
    const auto now = now_ms(session);
    const auto partitions = session.partitions();
    std::map<std::string, Lag> lags;
    std::uint64_t bytes = 0;
    std::uint64_t records = 0;
    std::uint64_t fullest = 0;
    for (std::uint32_t partition = 0; partition < partitions; ++partition) {
        using Listed = base::Result<LogReaders, ReaderFailure>;
        const auto all = value_or_throw(session.await<Listed>([&](auto done) {
            ledger::list_readers(session.client(), partition, std::move(done));
        }),
                                        partition);
        bytes += all.bytes;
        records += all.records;
        fullest = std::max(fullest, all.bytes);
        for (const auto& reader : all.readers) {
            auto& lag = lags[reader.name];
            lag.kind = reader.kind;
            ++lag.partitions;
            lag.bytes += reader.bytes_unread;
            if (reader.oldest_unread.empty()) continue;
            const auto at = ledger::entry_time_ms(reader.oldest_unread);
            lag.oldest_ms = lag.oldest_ms == 0 ? at : std::min(lag.oldest_ms, at);
        }
    }
    fmt::print("log: {} records, {} bytes in {} partitions, {} in the fullest\n", records, bytes,
               partitions, fullest);
    if (lags.empty()) fmt::print("no readers\n");
    for (const auto& [name, lag] : lags)
        fmt::print("{} {} unread={} oldest={}{}\n", name,
                   lag.kind == ledger::ReaderKind::required ? "required" : "optional", lag.bytes,
                   lag.oldest_ms == 0 ? "-" : age(lag.oldest_ms, now),
                   lag.partitions == partitions
                       ? ""
                       : fmt::format(" INCOMPLETE: in {} of {} partitions; register it again",
                                     lag.partitions, partitions));
}

void register_reader(const Options& options) {
    if (!ledger::is_reader_name(options.name))
        throw std::runtime_error("a name is 1 to 64 letters, digits, '-', '_' and '.'");
    Session session{options.redis};
    const auto partitions = session.partitions();
    std::uint32_t fresh = 0;
    for (std::uint32_t partition = 0; partition < partitions; ++partition) {
        using Done = base::Result<std::string, ReaderFailure>;
        const auto done = session.await<Done>([&](auto callback) {
            ledger::register_reader(
                session.client(), partition, options.name,
                options.is_optional ? ledger::ReaderKind::optional : ledger::ReaderKind::required,
                options.from == "newest" ? ledger::ReaderStart::newest
                                         : ledger::ReaderStart::oldest,
                std::move(callback));
        });
        // It may have been registered in part: go on with the others.
        if (!done && done.error().kind == ledger::ReaderError::exists) continue;
        value_or_throw(done, partition);
        ++fresh;
    }
    if (fresh == 0)
        throw std::runtime_error(options.name + " is registered already; unregister it first");
    fmt::print("{} is registered in {} partitions\n", options.name, partitions);
    if (!options.is_optional)
        fmt::print(
            "from now on the log waits for it: acknowledgements stop when it is full of "
            "what {} has not acknowledged\n",
            options.name);
}

void unregister_reader(const Options& options) {
    Session session{options.redis};
    const auto partitions = session.partitions();
    std::uint32_t removed = 0;
    for (std::uint32_t partition = 0; partition < partitions; ++partition) {
        using Done = base::Result<std::string, ReaderFailure>;
        const auto done = session.await<Done>([&](auto callback) {
            ledger::unregister_reader(session.client(), partition, options.name,
                                      std::move(callback));
        });
        if (!done && done.error().kind == ledger::ReaderError::unknown) continue;
        value_or_throw(done, partition);
        ++removed;
    }
    if (removed == 0)
        throw std::runtime_error(options.name +
                                 " is not registered; see aditctl direct log readers");
    fmt::print("{} is unregistered\n", options.name);
}

void acknowledge(const Options& options) {
    if (!ledger::is_entry_id(options.id))
        throw std::runtime_error(options.id + " is no id of an entry, such as 1700000000000-0");
    Session session{options.redis};
    if (const auto partitions = session.partitions(); options.partition >= partitions)
        throw std::runtime_error(fmt::format("this pool has partitions 0 to {}", partitions - 1));
    using Done = base::Result<std::string, ReaderFailure>;
    value_or_throw(session.await<Done>([&](auto done) {
        ledger::acknowledge(session.client(), options.partition, options.name, options.id,
                            std::move(done));
    }),
                   options.partition);
    fmt::print("{} has acknowledged {} in partition {}\n", options.name, options.id,
               options.partition);
}

void print(const Options& options) {
    Session session{options.redis};
    print_log(session, options.print);
}

}  // namespace

void add_log_command(CLI::App& app) {
    auto options = std::make_shared<Options>();
    auto* log = app.add_subcommand("log", "the share log and who reads it");
    log->require_subcommand(1);
    const auto add = [&](const char* verb, const char* what, void (*run)(const Options&)) {
        auto* command = log->add_subcommand(verb, what);
        redis_session::add_options(*command, options->redis);
        command->callback([options, run] { run(*options); });
        return command;
    };
    add("readers", "shows the readers, and how far behind each is", show_readers);
    auto* reg = add("register", "adds a reader that the log waits for", register_reader);
    reg->add_option("name", options->name, "of the reader")->required();
    reg->add_flag("--optional", options->is_optional, "the log does not wait for it");
    reg->add_option("--from", options->from, "the first record that it wants")
        ->check(CLI::IsMember({"oldest", "newest"}))
        ->capture_default_str();
    add("unregister", "removes a reader; nothing waits for it any more", unregister_reader)
        ->add_option("name", options->name, "of the reader")
        ->required();
    auto* printing = add("print", "prints each share as a line of JSON", print);
    printing->add_option("--reader", options->print.reader,
                         "go on after what this reader has acknowledged, and acknowledge what is "
                         "printed");
    printing->add_option("--partition", options->print.partition, "this one alone");
    printing->add_flag("--follow", options->print.follows, "wait for more at the end");
    auto* ack = add("ack", "says what a reader has dealt with", acknowledge);
    ack->add_option("name", options->name, "of the reader")->required();
    ack->add_option("--partition", options->partition, "from 0")->required();
    ack->add_option("--id", options->id, "of the last entry that is dealt with")->required();
}

}  // namespace aditctl::direct
