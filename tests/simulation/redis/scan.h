#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/integer.h"
#include "simulation/redis/command.h"

namespace simulation {

/// The words behind the cursor of SCAN and HSCAN.
struct ScanOptions {
    std::uint64_t cursor = 0;
    std::size_t count = 10;
    std::optional<std::string_view> pattern{};

    bool wants(std::string_view name) const { return !pattern || matches_glob(*pattern, name); }
};

/// Nothing when an error was given.
inline std::optional<ScanOptions> scan_options(CommandCall& call, std::size_t cursor_at) {
    ScanOptions options;
    const auto cursor = base::parse_integer<std::uint64_t>(call.args[cursor_at]);
    if (!cursor) {
        call.reply.error("ERR invalid cursor");
        return std::nullopt;
    }
    options.cursor = *cursor;
    for (auto at = cursor_at + 1; at < call.args.size(); at += 2) {
        if (at + 1 == call.args.size()) {
            call.reply.error("ERR syntax error");
            return std::nullopt;
        }
        if (is_word(call.args[at], "COUNT")) {
            const auto count = integer_argument(call, call.args[at + 1]);
            if (!count) return std::nullopt;
            if (*count < 1) {
                call.reply.error("ERR syntax error");
                return std::nullopt;
            }
            options.count = static_cast<std::size_t>(*count);
        } else if (is_word(call.args[at], "MATCH")) {
            options.pattern = call.args[at + 1];
        } else {
            throw_not_simulated(call);
        }
    }
    return options;
}

/// Names in the order of their places, so that a cursor is the place of the next one: what is there
/// from the first step to the last is met, whatever comes and goes meanwhile.
template <class T>
struct ScanStep {
    std::vector<std::pair<std::uint64_t, T>> found{};
    std::uint64_t next_cursor = 0;
};

/// `placed`: all that there is. Cut down to one step from `cursor`.
template <class T>
ScanStep<T> scan_step(std::vector<std::pair<std::uint64_t, T>> placed, std::uint64_t cursor,
                      std::size_t count) {
    std::erase_if(placed, [cursor](const auto& one) { return one.first < cursor; });
    std::ranges::sort(placed, {}, [](const auto& one) { return one.first; });
    ScanStep<T> step;
    while (count < placed.size() && placed[count].first == placed[count - 1].first) ++count;
    if (count < placed.size()) {
        step.next_cursor = placed[count].first;
        placed.resize(count);
    }
    step.found = std::move(placed);
    return step;
}

}  // namespace simulation
