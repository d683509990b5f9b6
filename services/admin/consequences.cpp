#include <algorithm>
#include <array>
#include <string_view>

#include "admin/finding.h"

namespace admin {
namespace {

using adit::admin::v1::Problem;

/// Where `cause` is wrong with a service of `service_kind` (empty: of any), these may follow.
struct Arrow {
    std::string_view cause{};
    std::string_view service_kind{};
    std::vector<std::string_view> effects{};
};

const std::vector<Arrow>& arrows() {
    static const std::vector<std::string_view> of_the_ledger{
        "redis-away",         "not-ready",        "stage-stalled", "partition-unanswered",
        "commits-unanswered", "shares-stalled",   "ledger-behind", "behind-log",
        "silent-miner",       "hashrate-dropped", "no-leader",     "lease-unconfirmed",
        "wait-shortfall",     "replica-missing"};
    static const std::vector<std::string_view> of_a_worker{
        "stage-stalled",  "partition-unanswered", "shares-stalled", "silent-miner",
        "not-ready",      "hashrate-dropped",     "no-worker",      "ledger-behind",
        "replica-missing"};
    static const std::vector<std::string_view> of_a_gateway{
        "shares-stalled", "silent-miner", "hashrate-dropped", "slow-reader", "replica-missing"};
    static const std::vector<std::string_view> of_a_template{
        "no-leader",       "template-stale",    "old-template",     "no-template-replica",
        "node-refused",    "node-behind",       "node-poor",        "node-not-answering",
        "stage-stalled",   "templates-missing", "not-ready",        "solution-unanswered",
        "replica-missing", "block-not-taken",   "block-undelivered"};
    static const std::vector<std::string_view> of_a_node{
        "template-stale", "old-template",    "not-ready",        "no-leader",
        "stage-stalled",  "block-not-taken", "block-undelivered"};
    static const std::vector<Arrow> all{
        {"redis-not-answering", "redis", of_the_ledger},
        {"redis-not-ready", "redis", of_the_ledger},
        {"not-answering", "channel-manager", of_a_worker},
        {"wedged", "channel-manager", of_a_worker},
        {"not-answering", "gateway", of_a_gateway},
        {"wedged", "gateway", of_a_gateway},
        {"not-answering", "template", of_a_template},
        {"wedged", "template", of_a_template},
        {"not-answering", "vardiff", {"replica-missing"}},
        {"wedged", "vardiff", {"behind-log", "replica-missing"}},
        {"not-answering", "translator", {"silent-miner", "hashrate-dropped", "replica-missing"}},
        {"wedged", "translator", {"silent-miner", "hashrate-dropped", "replica-missing"}},
        {"node-refused", "", of_a_node},
        {"node-not-answering", "", of_a_node},
        {"no-leader", "", {"template-stale", "old-template"}},
        {"template-stale", "", {"not-ready", "old-template"}},
        {"shares-stalled", "", {"silent-miner", "hashrate-dropped"}},
    };
    return all;
}

bool may_follow(const Finding& effect, const Finding& cause) {
    return std::ranges::any_of(arrows(), [&](const Arrow& arrow) {
        return arrow.cause == cause.kind &&
               (arrow.service_kind.empty() || arrow.service_kind == cause.service_kind) &&
               std::ranges::count(arrow.effects, effect.kind) > 0;
    });
}

Severity lowered(Severity severity) {
    return severity == Problem::SEVERITY_CRITICAL ? Problem::SEVERITY_WARNING
                                                  : Problem::SEVERITY_INFO;
}

}  // namespace

void mark_consequences(Findings& findings) {
    std::vector<const Finding*> causes(findings.size(), nullptr);
    for (std::size_t i = 0; i < findings.size(); ++i)
        for (const auto& cause : findings)
            if (causes[i] == nullptr && may_follow(findings[i], cause)) causes[i] = &cause;
    for (std::size_t i = 0; i < findings.size(); ++i) {
        if (causes[i] == nullptr) continue;
        findings[i].severity = lowered(findings[i].severity);
        const auto& where = causes[i]->service.empty() ? causes[i]->subject : causes[i]->service;
        findings[i].text += " (May follow from " + causes[i]->kind +
                            (where.empty() ? "" : " of " + where) + ": mend that first.)";
    }
}

}  // namespace admin
