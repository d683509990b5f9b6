#include "aditctl/direct/ban.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "ledger/bans.h"
#include "redis_session/redis_session.h"
#include "service/config.h"

namespace aditctl::direct {
namespace {

struct Options {
    redis_session::Options redis{};
    std::string address{};
    std::string identity{};
    std::string reason{};
    std::string lasts{};
};

ledger::BanSubject subject_of(const Options& options) {
    if (!options.identity.empty()) return options.identity;
    const auto network = base::parse_ip_network(options.address);
    if (!network)
        throw std::runtime_error{
            fmt::format("--address {}: is neither an address nor a network such as 10.0.0.0/8",
                        options.address)};
    return *network;
}

bool is_printable(std::string_view text) {
    return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

/// One call from start to end: `start(client, done)` begins it. Throws what went wrong.
template <class T, class Start>
T call(const redis_session::Options& options, Start start) {
    redis_session::Session session{options};
    auto result = session.await<base::Result<T, std::string>>(
        [&](auto done) { start(session.client(), std::move(done)); });
    if (!result) throw std::runtime_error{redis_session::describe(options) + ": " + result.error()};
    return std::move(*result);
}

std::string name_of(const ledger::BanSubject& subject) {
    return ledger::ban_field(subject);
}

std::string end_of(const ledger::Ban& ban) {
    if (!ban.until) return "for ever";
    return fmt::format("until {:%Y-%m-%d %H:%M:%S} UTC",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(*ban.until)));
}

void add(const Options& options, const base::Clock& clock) {
    ledger::Ban ban{.subject = subject_of(options), .reason = options.reason, .until = {}};
    if (!is_printable(ban.reason) || ban.reason.size() > ledger::ban_reason_size_max)
        throw std::runtime_error{
            fmt::format("--reason: at most {} bytes on one line", ledger::ban_reason_size_max)};
    if (!options.lasts.empty()) {
        const auto lasts = service::parse_duration(options.lasts);
        if (!lasts || lasts->count() <= 0)
            throw std::runtime_error{
                fmt::format("--for {}: not a duration such as 30m, 24h or 7d", options.lasts)};
        ban.until = clock.unix_now() + *lasts;
    }
    const auto written = call<ledger::BanWritten>(
        options.redis,
        [&](redis::Client& client, auto done) { ledger::set_ban(client, ban, std::move(done)); });
    fmt::print("{} {} {}\n", written == ledger::BanWritten::added ? "banned" : "replaced",
               name_of(ban.subject), end_of(ban));
}

void remove(const Options& options) {
    const auto subject = subject_of(options);
    const bool was_there = call<bool>(options.redis, [&](redis::Client& client, auto done) {
        ledger::remove_ban(client, subject, std::move(done));
    });
    if (!was_there)
        throw std::runtime_error{
            fmt::format("{} is not banned; `aditctl direct ban list` shows who is, and a network "
                        "is named as there",
                        name_of(subject))};
    fmt::print("allowed {}\n", name_of(subject));
}

void list(const Options& options, const base::Clock& clock) {
    auto bans = call<ledger::Bans>(options.redis, [](redis::Client& client, auto done) {
                    ledger::list_bans(client, std::move(done));
                }).bans;
    const auto now = clock.unix_now();
    std::erase_if(bans, [&](const ledger::Ban& ban) { return ban.until && *ban.until <= now; });
    std::ranges::sort(bans, {}, [](const ledger::Ban& ban) { return name_of(ban.subject); });
    for (const auto& ban : bans)
        fmt::print("{}  {}  {}\n", name_of(ban.subject), end_of(ban), ban.reason);
}

void add_subject_options(CLI::App& verb, Options& options) {
    auto& subject = *verb.add_option_group("subject");
    subject.add_option("--address", options.address, "an address, or a network: 10.0.0.0/8");
    subject.add_option("--identity", options.identity,
                       "a user_identity; NAME includes all its workers, NAME.*");
    subject.require_option(1);
}

}  // namespace

void add_ban_command(CLI::App& app, const base::Clock& clock) {
    const auto options = std::make_shared<Options>();
    auto& ban = *app.add_subcommand("ban", "keep addresses and identities out of the pool");
    ban.require_subcommand(1);

    auto& adding = *ban.add_subcommand(
        "add", "ban; within seconds gateways close what is open and refuse what comes");
    add_subject_options(adding, *options);
    adding.add_option("--reason", options->reason, "for operators; no miner is told");
    adding.add_option("--for", options->lasts, "how long, such as 30m, 24h or 7d; or for ever");
    redis_session::add_options(adding, options->redis);
    adding.callback([options, &clock] { add(*options, clock); });

    auto& removing = *ban.add_subcommand("remove", "allow again");
    add_subject_options(removing, *options);
    redis_session::add_options(removing, options->redis);
    removing.callback([options] { remove(*options); });

    auto& listing = *ban.add_subcommand("list", "show the bans in force");
    redis_session::add_options(listing, options->redis);
    listing.callback([options, &clock] { list(*options, clock); });
}

}  // namespace aditctl::direct
