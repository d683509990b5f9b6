#include "admin/process_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "admin/fleet_rules.h"
#include "admin/gateway_rows.h"
#include "admin/moments.h"

namespace admin {
namespace {

namespace control = adit::control::v1;
using namespace std::chrono_literals;
using proto::Problem;
using proto::Service;

// It is there and says nothing: three seconds are two questions without an answer.
constexpr std::chrono::milliseconds frozen_after{3'000};
// Nobody is there: its supervisor starts it again, and a start takes a moment.
constexpr std::chrono::milliseconds away_after{10'000};
constexpr std::chrono::milliseconds starts_within{30'000};
constexpr std::chrono::milliseconds not_ready_after{10'000};
constexpr std::chrono::milliseconds own_after{10'000};  // of a process that has just started
constexpr std::chrono::milliseconds without_leader_after{5'000};
constexpr std::chrono::milliseconds two_leaders_after{10'000};
constexpr std::size_t own_problems_max = 20;  // of one kind, of one process
constexpr std::chrono::hours certificate_warning_max{24 * 7};
constexpr std::chrono::hours certificate_critical_max{24};

std::string what_waits(const std::string& kind) {
    if (kind == "gateway")
        return "Its miners are cut off until they leave it; others are not touched.";
    if (kind == "channel-manager")
        return "What it held goes to another one; without another one no share is answered.";
    if (kind == "template") return "Another replica leads; without another one there are no jobs.";
    if (kind == "vardiff") return "Targets stay as they are, and sums lag.";
    if (kind == "translator") return "Its Stratum V1 miners are cut off until they leave it.";
    return {};
}

void judge_silence(const Fleet::Member& member, Moment now, Findings& findings) {
    if (!is_known_silent(member, now)) return;
    const auto& state = *member.state;
    auto finding = finding_of(member, "not-answering", Problem::SEVERITY_CRITICAL);
    finding.since = state.silent_since().unix;
    const auto since = utc_time(state.silent_since().unix);
    const auto who = fmt::format("{} at {}", member.row->name(), state.address());
    if (state.unanswered() == Unanswered::in_time)
        finding.text = fmt::format(
            "{} has not answered since {}, though it is there: the process or "
            "its machine is stopped, frozen or cut off. {} Look at the "
            "process (is it stopped, T in ps? is its machine well?) and start it "
            "again.",
            who, since, what_waits(state.kind()));
    else
        finding.text = fmt::format(
            "{} is not there since {} ({}). {} Look at its supervisor and its "
            "last log lines.",
            who, since, member.row->reason(), what_waits(state.kind()));
    findings.push_back(std::move(finding));
}

void judge_wedge(const Fleet::Member& member, Moment now, Findings& findings) {
    auto finding = finding_of(member, "wedged", Problem::SEVERITY_CRITICAL);
    finding.since = now.unix - member.state->since_turn();
    finding.text = fmt::format(
        "{} answers, but its loop does not turn: whatever it does waits. {} Its "
        "supervisor starts it again after watchdog.turn_max; what it did last: "
        "aditctl dump {}",
        member.row->name(), what_waits(member.state->kind()), member.row->name());
    findings.push_back(std::move(finding));
}

void judge_readiness(const Fleet::Member& member, Moment now, Findings& findings) {
    if (member.gateway != nullptr && member.gateway->is_draining()) {
        auto finding = finding_of(member, "draining", Problem::SEVERITY_INFO);
        finding.text = fmt::format("{} takes no miners, as an operator asked: aditctl undrain {}",
                                   member.row->name(), gateway_name(member.row->name()));
        findings.push_back(std::move(finding));
        return;
    }
    if (member.state->is_leaving()) return;
    auto finding = finding_of(member, "not-ready", Problem::SEVERITY_WARNING);
    const auto runs_for = now.unix - from_timestamp(member.row->start_time());
    finding.raise_after = runs_for < starts_within ? starts_within : not_ready_after;
    finding.text =
        fmt::format("{} runs and does no work: {}", member.row->name(), member.row->reason());
    findings.push_back(std::move(finding));
}

void judge_stages(const Fleet::Member& member, Findings& findings) {
    for (const auto& stage : member.row->stages()) {
        if (!stage.is_stalled()) continue;
        auto finding = finding_of(member, "stage-stalled", Problem::SEVERITY_CRITICAL);
        finding.id += ":" + name_part(stage.name());
        // To the second, so that it is the same at each look.
        const auto oldest = std::chrono::round<std::chrono::seconds>(
            from_timestamp(member.row->last_answer_time()) -
            std::chrono::microseconds{static_cast<std::int64_t>(stage.oldest_seconds() * 1e6)});
        finding.since = oldest;
        finding.text = fmt::format(
            "The stage {} of {} does not move: the oldest entry{} has waited since {}, where "
            "{:.0f} s "
            "are allowed. What the process did last: aditctl dump {}",
            stage.name(), member.row->name(),
            stage.oldest_entry().empty() ? "" : " (" + stage.oldest_entry() + ")", utc_time(oldest),
            stage.wait_max_seconds(), member.row->name());
        findings.push_back(std::move(finding));
    }
}

Severity severity_of(control::Problem::Severity said) {
    switch (said) {
        case control::Problem::SEVERITY_CRITICAL: return Problem::SEVERITY_CRITICAL;
        case control::Problem::SEVERITY_INFO: return Problem::SEVERITY_INFO;
        default: return Problem::SEVERITY_WARNING;
    }
}

/// "slow-reader:17" of gateway-1 is about a connection, "block-undelivered:00ab" about a block.
std::string subject_of(const Fleet::Member& member, const std::string& kind,
                       const std::string& detail) {
    if (detail.empty()) return {};
    if (kind == "slow-reader")
        return fmt::format("{}/connections/{}", gateway_name(member.row->name()),
                           name_part(detail));
    if (kind == "block-undelivered") return "blocks/" + name_part(detail);
    return {};
}

/// Told of all replicas together elsewhere: judge_leaders(), judge_chain().
bool is_told_elsewhere(const std::string& kind) {
    return kind == "no-leader" || kind.starts_with("node-");
}

/// What the process itself says is wrong.
void judge_own(const Fleet::Member& member, Moment now, Findings& findings) {
    // At its start it has reached nobody yet, and says so.
    const bool starts = now.unix - from_timestamp(member.row->start_time()) < starts_within;
    std::map<std::string, std::size_t> seen;
    for (const auto& said : member.state->details()->problems()) {
        const auto colon = std::min(said.id().find(':'), said.id().size());
        const auto kind = said.id().substr(0, colon);
        const auto detail = said.id().substr(std::min(colon + 1, said.id().size()));
        if (is_told_elsewhere(kind) || ++seen[kind] > own_problems_max) continue;
        auto finding = finding_of(member, kind, severity_of(said.severity()));
        if (!detail.empty()) finding.id += ":" + name_part(detail);
        if (starts) finding.raise_after = own_after;
        finding.text = member.row->name() + ": " + said.text();
        finding.subject = subject_of(member, kind, detail);
        if (said.since_us() > 0)
            finding.since = base::UnixMicros{std::chrono::microseconds{said.since_us()}};
        findings.push_back(std::move(finding));
    }
    for (const auto& [kind, count] : seen) {
        if (count <= own_problems_max) continue;
        auto finding = finding_of(member, kind, Problem::SEVERITY_WARNING);
        finding.id += ":more";
        finding.text = fmt::format("{} has {} problems of this kind; the first {} are shown.",
                                   member.row->name(), count, own_problems_max);
        findings.push_back(std::move(finding));
    }
}

void judge_certificate(const Fleet::Member& member, Moment now, Findings& findings) {
    if (member.gateway == nullptr || !member.gateway->has_certificate()) return;
    const auto& certificate = member.gateway->certificate();
    const base::UnixMicros end{std::chrono::seconds{certificate.not_valid_after()}};
    const auto lifetime =
        std::chrono::seconds{certificate.not_valid_after() - certificate.valid_from()};
    // A certificate for a day is renewed every day: a week's warning would never end.
    const auto warning = std::min<std::chrono::microseconds>(certificate_warning_max, lifetime / 4);
    const auto critical =
        std::min<std::chrono::microseconds>(certificate_critical_max, lifetime / 10);
    const auto left = end - now.unix;
    if (left > warning) return;
    auto finding =
        finding_of(member, "certificate-expiring",
                   left > critical ? Problem::SEVERITY_WARNING : Problem::SEVERITY_CRITICAL);
    finding.subject = gateway_name(member.row->name());
    finding.text = fmt::format(
        "The certificate of {} {} {}: then no miner can connect to it. Sign a "
        "new one (aditctl keys sign) and give it to the gateway.",
        member.row->name(), left > left.zero() ? "ends at" : "has ended at", utc_date_time(end));
    findings.push_back(std::move(finding));
}

}  // namespace

Finding finding_of(const Fleet::Member& member, std::string kind, Severity severity) {
    const auto service = member.row->name().substr(member.row->name().find('/') + 1);
    Finding finding;
    finding.id = service + ":" + name_part(kind);
    finding.kind = std::move(kind);
    finding.severity = severity;
    finding.service = member.row->name();
    finding.service_kind = member.state->kind();
    return finding;
}

bool is_known_silent(const Fleet::Member& member, Moment now) {
    const auto& state = *member.state;
    if (!state.unanswered() || member.row->state() != Service::STATE_NOT_ANSWERING) return false;
    const auto silent_for = now.steady - state.silent_since().steady;
    if (state.unanswered() == Unanswered::in_time)
        return silent_for >= frozen_after && state.failures() >= 2;
    return silent_for >= (state.has_ever_answered() ? away_after : starts_within);
}

void judge_process(const Fleet::Member& member, Moment now, Findings& findings) {
    switch (member.row->state()) {
        case Service::STATE_NOT_ANSWERING:
            judge_silence(member, now, findings);
            return;  // all else is what it said before
        case Service::STATE_GONE: return;
        case Service::STATE_WEDGED: judge_wedge(member, now, findings); break;
        case Service::STATE_NOT_READY: judge_readiness(member, now, findings); break;
        default: break;
    }
    if (!member.state->is_answering()) return;
    judge_stages(member, findings);
    if (member.row->state() == Service::STATE_WEDGED || !member.state->details()) return;
    judge_own(member, now, findings);
    judge_certificate(member, now, findings);
}

void judge_leaders(const std::vector<Fleet::Member>& members, Findings& findings) {
    std::size_t asked = 0;
    double leading = 0;
    for (const auto& member : members) {
        if (member.row == nullptr || member.state->kind() != "template") continue;
        const auto leads = sample_sum(*member.row, "adit_template_leader");
        if (!leads || !member.state->is_answering()) continue;
        ++asked;
        leading += *leads;
    }
    if (asked == 0 || leading == 1) return;
    Finding finding;
    finding.severity = Problem::SEVERITY_CRITICAL;
    finding.service_kind = "template";
    if (leading == 0) {
        finding.id = finding.kind = "no-leader";
        finding.raise_after = without_leader_after;
        finding.text =
            "No replica of the template service leads, so there are no new templates. Their "
            "nodes or Redis are away: see the replicas' problems.";
    } else {
        finding.id = finding.kind = "two-leaders";
        finding.severity = Problem::SEVERITY_WARNING;
        finding.raise_after = two_leaders_after;
        finding.text =
            "More than one replica of the template service says that it leads, for longer "
            "than a lease. One of them does not reach Redis; miners follow the newer one.";
    }
    findings.push_back(std::move(finding));
}

}  // namespace admin
