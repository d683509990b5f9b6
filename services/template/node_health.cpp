#include "template/node_health.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace templates {
namespace {

using bitcoin::Network;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// A block takes its second or two from node to node: until then nobody lags.
constexpr seconds lag_grace{2};
// Half of what a block's time may be ahead: from here on nodes disagree about which blocks are
// valid.
constexpr hours clock_offset_refused{1};

// The one that the others are measured by.
struct Best {
    NodeIndex node{};
    std::uint32_t height{};
};

bool is_comparable(const NodeRecord& record, const HealthRules& rules) {
    const auto& status = record.status;
    return !record.unfit && !record.is_on_given_up_tip && status && status->is_reachable &&
           status->height && status->network.value_or(rules.network) == rules.network &&
           !status->is_initial_download.value_or(false);
}

std::optional<Best> best_of(std::span<const NodeRecord> nodes, const HealthRules& rules) {
    std::optional<Best> best;
    for (NodeIndex i = 0; i < nodes.size(); ++i)
        if (is_comparable(nodes[i], rules) && (!best || *nodes[i].status->height > best->height))
            best = Best{.node = i, .height = *nodes[i].status->height};
    return best;
}

std::uint32_t behind(const NodeRecord& record, const std::optional<Best>& best) {
    if (!best || !record.status || !record.status->is_reachable || !record.status->height) return 0;
    return best->height - std::min(best->height, *record.status->height);
}

std::uint32_t headers_ahead(const NodeRecord& record) {
    if (!record.status || !record.status->is_reachable) return 0;
    const auto height = record.status->height;
    const auto headers = record.status->header_height;
    return height && headers ? *headers - std::min(*height, *headers) : 0;
}

void run_stopwatch(std::optional<base::SteadyTime>& since, bool is_running, base::SteadyTime now) {
    if (!is_running)
        since.reset();
    else if (!since)
        since = now;
}

std::string blocks_text(std::uint32_t count) {
    return count == 1 ? "1 block" : fmt::format("{} blocks", count);
}

std::string time_text(seconds time) {
    if (time >= hours{2}) return fmt::format("{} h", std::chrono::floor<hours>(time).count());
    if (time >= minutes{2}) return fmt::format("{} min", std::chrono::floor<minutes>(time).count());
    return fmt::format("{} s", time.count());
}

// One judgement: each check answers only where it finds something.
class Judge {
  public:
    Judge(std::span<const NodeRecord> nodes, NodeIndex node, const HealthRules& rules,
          base::SteadyTime now, base::UnixMicros unix_now)
        : nodes_(nodes), record_(nodes[node]), rules_(rules), now_(now), unix_now_(unix_now) {}

    NodeHealth verdict() const {
        if (record_.unfit) return refused(Cause::unfit, *record_.unfit);
        // A source may tell of a node before the node has said anything.
        if (!record_.status || (!status().is_reachable && status().why.empty()))
            return refused(Cause::unheard, "has not answered yet");
        if (!status().is_reachable) return refused(Cause::unreachable, status().why);
        // All that refuses comes before what makes poor.
        using Check = std::optional<NodeHealth> (Judge::*)() const;
        for (const Check check :
             {&Judge::wrong_network, &Judge::downloading, &Judge::clock_far_off, &Judge::no_peers,
              &Judge::far_behind_headers, &Judge::far_behind, &Judge::on_given_up_tip,
              &Judge::a_little_behind, &Judge::few_peers, &Judge::clock_off, &Judge::old_tip})
            if (auto found = (this->*check)()) return *std::move(found);
        return {.verdict = Verdict::usable, .cause = Cause::none, .reason = {}};
    }

  private:
    const NodeStatus& status() const { return *record_.status; }

    static NodeHealth refused(Cause cause, std::string reason) {
        return {.verdict = Verdict::refused, .cause = cause, .reason = std::move(reason)};
    }
    static NodeHealth poor(Cause cause, std::string reason) {
        return {.verdict = Verdict::poor, .cause = cause, .reason = std::move(reason)};
    }

    std::optional<NodeHealth> wrong_network() const {
        if (status().network.value_or(rules_.network) == rules_.network) return std::nullopt;
        return refused(Cause::wrong_network,
                       fmt::format("is on chain '{}', configured network is '{}'; cure: name a "
                                   "node of that network, or change network",
                                   bitcoin::chain_name(*status().network),
                                   bitcoin::chain_name(rules_.network)));
    }

    std::optional<NodeHealth> downloading() const {
        if (!status().is_initial_download.value_or(false)) return std::nullopt;
        // On regtest whoever has seen no block for a day says so.
        if (rules_.network == Network::regtest)
            return poor(Cause::downloading,
                        "calls itself downloading (initial block download): its newest block is "
                        "old; cure: mine one");
        const auto far =
            status().height && status().header_height
                ? fmt::format(", block {} of {}", *status().height, *status().header_height)
                : std::string{};
        return refused(Cause::downloading,
                       fmt::format("still downloads the chain (initial block download{}); cure: "
                                   "wait until it has all of it",
                                   far));
    }

    std::optional<NodeHealth> clock_beyond(seconds bound,
                                           NodeHealth (*as)(Cause, std::string)) const {
        const auto offset = status().clock_offset.value_or(seconds{0});
        const auto size = offset < seconds{0} ? -offset : offset;
        if (size <= bound) return std::nullopt;
        return as(Cause::clock_off,
                  fmt::format("its clock is {} {} ours; cure: look at the time synchronisation of "
                              "both machines",
                              time_text(size), offset < seconds{0} ? "behind" : "ahead of"));
    }
    std::optional<NodeHealth> clock_far_off() const {
        return clock_beyond(clock_offset_refused, refused);
    }
    std::optional<NodeHealth> clock_off() const {
        return clock_beyond(rules_.clock_offset_max, poor);
    }

    std::optional<NodeHealth> no_peers() const {
        if (rules_.peers_min == 0 || status().peers.value_or(rules_.peers_min) > 0)
            return std::nullopt;
        return refused(Cause::no_peers,
                       "has no peers: it hears of no block, and nobody would hear of ours; cure: "
                       "look at its network, or set health.peers_min = 0 where it needs none");
    }
    std::optional<NodeHealth> few_peers() const {
        const auto peers = status().peers.value_or(rules_.peers_min);
        if (peers >= rules_.peers_min) return std::nullopt;
        return poor(Cause::few_peers,
                    fmt::format("has {} of at least {} peers (health.peers_min); cure: look at its "
                                "network",
                                peers, rules_.peers_min));
    }

    std::string headers_text(std::uint32_t ahead) const {
        return fmt::format(
            "lacks {} whose headers it has (block {} of {}); cure: wait, or look at "
            "its log and disk",
            blocks_text(ahead), *status().height, *status().header_height);
    }
    std::optional<NodeHealth> far_behind_headers() const {
        const auto ahead = headers_ahead(record_);
        if (ahead <= rules_.lag_blocks_max) return std::nullopt;
        return refused(Cause::headers_ahead, headers_text(ahead));
    }

    std::string behind_text(std::uint32_t blocks, const Best& best) const {
        return fmt::format(
            "is {} behind {} (height {} of {}) for {}; cure: look at its peers and "
            "its log",
            blocks_text(blocks), nodes_[best.node].name, *status().height, best.height,
            time_text(for_seconds(record_.behind_since)));
    }
    std::optional<NodeHealth> far_behind() const {
        const auto best = best_of(nodes_, rules_);
        const auto blocks = behind(record_, best);
        if (blocks == 0) return std::nullopt;
        const bool is_long =
            record_.behind_since && now_ - *record_.behind_since > rules_.lag_time_max;
        if (blocks <= rules_.lag_blocks_max && !is_long) return std::nullopt;
        return refused(Cause::behind, behind_text(blocks, *best));
    }

    std::optional<NodeHealth> on_given_up_tip() const {
        if (!record_.is_on_given_up_tip) return std::nullopt;
        return poor(Cause::given_up_tip,
                    "is on a block that the other nodes have given up; cure: see which of them is "
                    "right, and invalidateblock or reconsiderblock on the others");
    }

    // Behind the others or its own headers, by little: worth a word after a moment.
    std::optional<NodeHealth> a_little_behind() const {
        const auto is_over = [&](const auto& since) { return since && now_ - *since > lag_grace; };
        if (const auto best = best_of(nodes_, rules_); is_over(record_.behind_since))
            if (const auto blocks = behind(record_, best); blocks > 0)
                return poor(Cause::behind, behind_text(blocks, *best));
        if (const auto ahead = headers_ahead(record_);
            ahead > 0 && is_over(record_.headers_ahead_since))
            return poor(Cause::headers_ahead, headers_text(ahead));
        return std::nullopt;
    }

    std::optional<NodeHealth> old_tip() const {
        if (rules_.tip_age_max == seconds{0} || !status().tip_time) return std::nullopt;
        const auto age = seconds{std::int64_t{base::to_unix_seconds(unix_now_)}} -
                         seconds{std::int64_t{*status().tip_time}};
        if (age <= rules_.tip_age_max) return std::nullopt;
        return poor(Cause::old_tip,
                    fmt::format("its newest block is {} old (health.tip_age_max); cure: compare it "
                                "with others, look at its peers",
                                time_text(age)));
    }

    seconds for_seconds(const std::optional<base::SteadyTime>& since) const {
        return since ? std::chrono::floor<seconds>(now_ - *since) : seconds{0};
    }

    std::span<const NodeRecord> nodes_;
    const NodeRecord& record_;
    const HealthRules& rules_;
    base::SteadyTime now_;
    base::UnixMicros unix_now_;
};

}  // namespace

HealthRules default_health_rules(Network network) {
    HealthRules rules{.network = network};
    if (network == Network::regtest) return rules;
    // A node that keeps its eight to ten outbound peers is well connected; one may come and go.
    rules.peers_min = network == Network::mainnet ? 3 : 1;
    // Nobody finds a block for as long once in some three years (e^-12 of all intervals).
    rules.tip_age_max = hours{2};
    return rules;
}

void note_lags(std::span<NodeRecord> nodes, const HealthRules& rules, base::SteadyTime now) {
    const auto best = best_of(nodes, rules);
    for (auto& record : nodes) {
        run_stopwatch(record.behind_since, behind(record, best) > 0, now);
        run_stopwatch(record.headers_ahead_since, headers_ahead(record) > 0, now);
    }
}

std::uint32_t blocks_behind(std::span<const NodeRecord> nodes, NodeIndex node,
                            const HealthRules& rules) {
    return behind(nodes[node], best_of(nodes, rules));
}

NodeHealth judge_node(std::span<const NodeRecord> nodes, NodeIndex node, const HealthRules& rules,
                      base::SteadyTime now, base::UnixMicros unix_now) {
    return Judge{nodes, node, rules, now, unix_now}.verdict();
}

std::string_view verdict_name(Verdict verdict) {
    switch (verdict) {
        case Verdict::usable: return "usable";
        case Verdict::poor: return "poor";
        case Verdict::refused: return "refused";
    }
    return "unknown";
}

}  // namespace templates
