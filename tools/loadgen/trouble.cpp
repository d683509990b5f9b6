#include "loadgen/trouble.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace loadgen {
namespace {

struct Cause {
    std::uint64_t count{};
    std::string what{};
};

bool begins(std::string_view text, std::string_view with) {
    return text.starts_with(with);
}

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// What helps against it.
std::string cure_of(std::string_view what, const Options& options) {
    const auto place = fmt::format("{}:{}", options.pool.host, options.pool.port);
    if (begins(what, "connect: "))
        return fmt::format("nothing takes connections at {}: start the pool, or correct --url",
                           place);
    if (begins(what, "handshake: "))
        return "the pool's certificate is not of the authority key in --url, or not valid now: "
               "copy the key that the pool prints, and compare both clocks";
    if (has(what, "max-target") || has(what, "nominal"))
        return "the pool wants another hash rate of a channel: --nominal-hash-rate";
    if (has(what, "unknown-user") || has(what, "authorize was refused"))
        return fmt::format(
            "the pool does not know the user {}.1: create it there, or give one with --user "
            "(some pools want a bitcoin address of their network)",
            options.user);
    if (has(what, "subscribe was refused"))
        return "the pool wants something of its miners that these do not say: try another "
               "--firmware";
    if (begins(what, "closed") || has(what, "reset by peer"))
        return fmt::format(
            "its log says why; it may be of another protocol ({} is spoken here), or allow one "
            "address no more connections (--spread-addresses)",
            miner::is_sv1(options.pool.protocol) ? "Stratum V1, as --firmware has it,"
                                                 : "Stratum V2");
    if (begins(what, "no answer"))
        return fmt::format(
            "who listens at {} may speak another protocol: Stratum V1 and V2 have "
            "ports of their own; or it waits for its node",
            place);
    return "the pool's log may say more";
}

}  // namespace

std::string trouble_of(const Statistics& statistics, const Options& options) {
    std::vector<Cause> causes;
    const auto add = [&](const std::map<std::string, std::uint64_t>& counts, const char* before) {
        for (const auto& [what, count] : counts) causes.push_back({count, before + what});
    };
    add(statistics.not_connected, "");
    add(statistics.lost_by_reason, "");
    if (statistics.sv2) add(statistics.sv2->channels_refused, "a channel was refused: ");
    add(statistics.odd, "");
    std::ranges::stable_sort(causes, std::greater{}, &Cause::count);
    auto text =
        fmt::format("no miner has had work from {}:{}", options.pool.host, options.pool.port);
    if (causes.empty())
        return text +
               ": it took the connections and gave no job; it may have no template: look "
               "at its node";
    for (const auto& [count, what] : causes)
        text += fmt::format("\n  {} times: {}; {}", count, what, cure_of(what, options));
    return text;
}

}  // namespace loadgen
