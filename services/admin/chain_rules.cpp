#include "admin/chain_rules.h"

#include <fmt/format.h>

#include "admin/moments.h"

namespace admin {
namespace {

using namespace std::chrono_literals;
using proto::Block;
using proto::Node;
using proto::Problem;

// Nodes hear of a block some seconds apart.
constexpr std::chrono::milliseconds behind_after{20'000};
// A replica that has just started has not heard its nodes yet.
constexpr std::chrono::milliseconds starts_within{10'000};
constexpr std::chrono::milliseconds heard_after{10'000};
// Templates are refreshed every half minute; gateways send their miners away after five.
constexpr std::chrono::seconds stale_warning{120};
constexpr std::chrono::seconds stale_critical{240};
constexpr std::chrono::seconds first_template_within{30};
constexpr std::chrono::seconds block_taken_within{10};
// What has happened is shown for so long.
constexpr std::chrono::hours block_shown_for{1};

/// Where another node of the replica is used, the pool goes on.
Severity severity_of(const View& view, const Node& node) {
    bool has_usable = false;
    view.nodes.for_each([&](const Node& other) {
        has_usable |= other.service() == node.service() && other.is_reachable() &&
                      other.verdict() != Node::VERDICT_REFUSED;
    });
    return has_usable ? Problem::SEVERITY_WARNING : Problem::SEVERITY_CRITICAL;
}

Finding node_finding(const Node& node, const char* kind, Severity severity) {
    Finding finding;
    finding.kind = kind;
    finding.id = node.name().substr(node.name().find('/') + 1) + ":" + kind;
    finding.severity = severity;
    finding.service = node.service();
    finding.service_kind = "template";
    finding.subject = node.name();
    return finding;
}

void judge_node(const View& view, const Node& node, Moment now, Findings& findings) {
    const auto* const service = view.services.find(node.service());
    const bool is_heard =
        service != nullptr && (service->state() == proto::Service::STATE_READY ||
                               service->state() == proto::Service::STATE_NOT_READY);
    if (!is_heard) return;  // what it said of its nodes is old
    const bool starts = now.unix - from_timestamp(service->start_time()) < starts_within;
    const auto raise_after = starts ? heard_after : std::chrono::milliseconds{0};
    const auto who =
        fmt::format("The node {} ({}) of {}", node.name(), node.address(), node.service());
    if (!node.is_reachable()) {
        auto finding = node_finding(node, "node-not-answering", severity_of(view, node));
        finding.raise_after = raise_after;
        finding.text = fmt::format("{} does not answer: {}", who, node.reason());
        findings.push_back(std::move(finding));
    } else if (node.verdict() == Node::VERDICT_REFUSED) {
        auto finding = node_finding(node, "node-refused", severity_of(view, node));
        finding.raise_after = raise_after;
        finding.text = fmt::format("{} is not used: {}", who, node.reason());
        findings.push_back(std::move(finding));
    } else if (node.blocks_behind() > 0) {
        auto finding = node_finding(node, "node-behind", Problem::SEVERITY_WARNING);
        finding.raise_after = behind_after;
        finding.text = fmt::format(
            "{} is {} blocks behind the best one. Is it connected to peers, and "
            "fast enough?",
            who, node.blocks_behind());
        findings.push_back(std::move(finding));
    } else if (node.verdict() == Node::VERDICT_POOR) {
        auto finding = node_finding(node, "node-poor", Problem::SEVERITY_WARNING);
        finding.raise_after = behind_after;
        finding.text =
            fmt::format("{} is used only where there is no better one: {}", who, node.reason());
        findings.push_back(std::move(finding));
    }
}

void judge_templates(const TemplateAge& templates, Moment now, Findings& findings) {
    if (!templates.is_followed) return;
    const auto age = now.steady - templates.last.value_or(templates.followed_since);
    const auto warning = templates.last ? stale_warning : first_template_within;
    if (age < warning) return;
    const auto since = now.unix - std::chrono::duration_cast<std::chrono::microseconds>(age);
    findings.push_back(
        {.id = "pool:template-stale",
         .kind = "template-stale",
         .severity = !templates.last || age >= stale_critical ? Problem::SEVERITY_CRITICAL
                                                              : Problem::SEVERITY_WARNING,
         .text = fmt::format(
             "There is no new template since {}. Does a replica of the template service "
             "lead, and do its nodes answer? Gateways send their miners away when it "
             "lasts (templates.age_max).",
             utc_time(std::chrono::round<std::chrono::seconds>(since))),
         .since = since});
}

void judge_block(const Block& block, Moment now, Findings& findings) {
    const auto found_at = from_timestamp(block.find_time());
    const auto age = now.unix - found_at;
    if (age > block_shown_for) return;
    Finding finding;
    const auto which = fmt::format("Block {} at height {}, found by {} at {}",
                                   block.name().substr(block.name().find('/') + 1), block.height(),
                                   block.user_identity(), utc_time(found_at));
    finding.subject = block.name();
    finding.since = found_at;
    if (block.state() == Block::STATE_FOUND && age >= block_taken_within) {
        finding.kind = "block-not-taken";
        finding.severity = Problem::SEVERITY_CRITICAL;
        finding.text = which +
                       ", is with no node yet: do they answer? It lies in the replicas' spools "
                       "and is given to every node until one takes it (aditctl blocks).";
    } else if (block.state() == Block::STATE_REJECTED || block.state() == Block::STATE_GIVEN_UP) {
        finding.kind = "block-not-taken";
        finding.severity = Problem::SEVERITY_CRITICAL;
        finding.text = fmt::format("{}, was not taken: {}", which, block.reason());
    } else if (block.state() == Block::STATE_ORPHANED) {
        finding.kind = "block-orphaned";
        finding.severity = Problem::SEVERITY_WARNING;
        finding.text = which +
                       ", lost against another one. Does it reach the network fast enough "
                       "(nodes, their peers)?";
    } else {
        return;
    }
    finding.id = block.name().substr(block.name().find('/') + 1) + ":" + finding.kind;
    findings.push_back(std::move(finding));
}

}  // namespace

void judge_chain(const View& view, const TemplateAge& templates, Moment now, Findings& findings) {
    view.nodes.for_each([&](const auto& node) { judge_node(view, node, now, findings); });
    judge_templates(templates, now, findings);
    view.blocks.for_each([&](const auto& block) { judge_block(block, now, findings); });
}

}  // namespace admin
