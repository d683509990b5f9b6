#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bitcoin/network.h"
#include "template/source.h"

namespace templates {

/// What is asked of a node.
struct HealthRules {
    bitcoin::Network network = bitcoin::Network::regtest;
    /// Fewer make a node poor; none refuse it, unless zero is enough.
    std::uint32_t peers_min = 0;
    /// Blocks behind the best node, or behind its own headers: more refuse a node at once.
    std::uint32_t lag_blocks_max = 2;
    /// Behind the best node, by however little, for longer: refused.
    std::chrono::milliseconds lag_time_max{60'000};
    /// A tip that is older makes a node poor; zero: never.
    std::chrono::seconds tip_age_max{0};
    /// A clock that is further off makes a node poor; an hour refuses it.
    std::chrono::seconds clock_offset_max{60};
};

/// The defaults of a network: regtest needs neither peers nor blocks.
HealthRules default_health_rules(bitcoin::Network network);

/// What is known of a node, and remembered from one judgement to the next.
struct NodeRecord {
    std::string name{};
    /// None before it is heard.
    std::optional<NodeStatus> status{};
    /// As configured it cannot serve, and why.
    std::optional<std::string> unfit{};
    /// It is on a block that the nodes have agreed to give up.
    bool is_on_given_up_tip{};
    /// Since when it has been behind the best node, and behind its own headers. See note_lags().
    std::optional<base::SteadyTime> behind_since{};
    std::optional<base::SteadyTime> headers_ahead_since{};
};

enum class Verdict {
    usable,
    poor,     ///< usable where there is no better one
    refused,  ///< its templates are not taken
};

/// The first of these that applies is the reason for the verdict.
enum class Cause {
    none,
    unfit,
    unheard,
    unreachable,
    wrong_network,
    downloading,
    clock_off,
    no_peers,
    headers_ahead,
    behind,
    given_up_tip,
    few_peers,
    old_tip,
};

struct NodeHealth {
    Verdict verdict = Verdict::refused;
    Cause cause = Cause::unheard;
    /// In words: the cause, and the cure. Empty where there is nothing to say.
    std::string reason{};
    friend bool operator==(const NodeHealth&, const NodeHealth&) = default;
};

/// Starts and stops the stopwatches of all records. Pure. Call it whenever a status has changed,
/// before the judgement.
void note_lags(std::span<NodeRecord> nodes, const HealthRules& rules, base::SteadyTime now);

/// How many blocks each is behind the best of all that are fit to be compared with.
std::uint32_t blocks_behind(std::span<const NodeRecord> nodes, NodeIndex node,
                            const HealthRules& rules);

/// Judges one of the nodes. Pure: what others say counts, too, since a node that nobody can be
/// compared with cannot be behind.
NodeHealth judge_node(std::span<const NodeRecord> nodes, NodeIndex node, const HealthRules& rules,
                      base::SteadyTime now, base::UnixMicros unix_now);

/// "usable", "poor", "refused".
std::string_view verdict_name(Verdict verdict);

}  // namespace templates
