#include "admin/redis_rules.h"

#include <fmt/format.h>

#include "admin/moments.h"

namespace admin {
namespace {

using namespace std::chrono_literals;
using proto::Problem;

// Everything stands still without it, so there is no waiting; a restart takes a second or two.
constexpr std::chrono::milliseconds silent_after{2'000};
constexpr std::chrono::milliseconds not_ready_after{5'000};
constexpr std::chrono::milliseconds not_durable_after{5'000};
constexpr double memory_full = 0.9;

Finding finding_of(const RedisState& state, std::string kind, Severity severity) {
    Finding finding;
    finding.service = state.row_name();
    finding.id = finding.service.substr(finding.service.find('/') + 1) + ":" + kind;
    finding.kind = std::move(kind);
    finding.severity = severity;
    finding.service_kind = state.is_sentinel ? "sentinel" : "redis";
    return finding;
}

void judge_durability(const RedisState& state, std::uint32_t replicas_wanted, Findings& findings) {
    const auto& info = *state.info;
    const auto add = [&](const char* what, Severity severity, std::string text) {
        auto finding = finding_of(state, "redis-not-durable", severity);
        finding.id += std::string{":"} + what;
        finding.raise_after = not_durable_after;
        finding.text = fmt::format("Redis at {}: {}", state.address, text);
        findings.push_back(std::move(finding));
    };
    if (!info.has_append_only_file)
        add("aof", Problem::SEVERITY_WARNING,
            "its append-only file is off: credited shares are lost when it stops. appendonly yes");
    else if (!state.append_fsync.empty() && state.append_fsync != "always")
        add("fsync", Problem::SEVERITY_WARNING,
            fmt::format(
                "appendfsync is {}: credited shares of up to a second or more are lost when "
                "its machine stops. appendfsync always",
                state.append_fsync));
    if (!info.is_last_write_good)
        add("write", Problem::SEVERITY_CRITICAL,
            "it could not write its append-only file: is its disk full? It refuses writes until it "
            "can.");
    if (info.replicas_online() < replicas_wanted)
        add("replicas", Problem::SEVERITY_CRITICAL,
            fmt::format(
                "{} of {} replicas follow it: no share is credited until enough of them have "
                "it (redis.replicas).",
                info.replicas_online(), replicas_wanted));
}

void judge_memory(const RedisState& state, Findings& findings) {
    const auto& info = *state.info;
    if (info.memory_max == 0) return;
    if (info.memory_policy != "noeviction") {
        auto finding = finding_of(state, "redis-evicts", Problem::SEVERITY_CRITICAL);
        finding.text = fmt::format(
            "Redis at {} throws the ledger away when its memory is full "
            "(maxmemory-policy {}). maxmemory-policy noeviction",
            state.address, info.memory_policy);
        findings.push_back(std::move(finding));
    }
    if (static_cast<double>(info.used_memory) < memory_full * static_cast<double>(info.memory_max))
        return;
    auto finding = finding_of(state, "redis-memory-full", Problem::SEVERITY_WARNING);
    finding.text = fmt::format(
        "Redis at {} has used more than nine tenths of its {} MiB; when it is "
        "full no share is credited. Raise maxmemory, or see which reader of "
        "the share log is behind: aditctl log",
        state.address, info.memory_max >> 20U);
    finding.clear_after = std::chrono::seconds{30};
    findings.push_back(std::move(finding));
}

void judge_cluster(const RedisState& state, Findings& findings) {
    if (!state.cluster || (state.cluster->is_ok && state.cluster->slots_missing == 0)) return;
    auto finding = finding_of(state, "redis-not-ready", Problem::SEVERITY_CRITICAL);
    finding.raise_after = not_ready_after;
    finding.text = fmt::format(
        "Redis at {} says that {}: no share of the partitions there is credited. Start the nodes "
        "that are gone, or see redis-cli --cluster check {}",
        state.address,
        state.cluster->slots_missing > 0
            ? fmt::format("nobody in its cluster serves {} slots", state.cluster->slots_missing)
            : std::string{"its cluster has no majority"},
        state.address);
    findings.push_back(std::move(finding));
}

void judge(const RedisState& state, std::uint32_t replicas_wanted, Moment now, Findings& findings) {
    if (state.failures > 0) {
        if (now.steady - state.silent_since().steady < silent_after) return;
        auto finding =
            finding_of(state, "redis-not-answering",
                       state.is_sentinel ? Problem::SEVERITY_WARNING : Problem::SEVERITY_CRITICAL);
        finding.since = state.silent_since().unix;
        finding.text = fmt::format(
            "{} at {} has not answered since {} ({}). {}", state.is_sentinel ? "Sentinel" : "Redis",
            state.address, utc_time(state.silent_since().unix), state.why,
            state.is_sentinel ? "A failover may find no majority: start it again."
                              : "No share is credited meanwhile; they wait at the gateways. Is the "
                                "process stopped, its disk stuck, its machine well?");
        findings.push_back(std::move(finding));
        return;
    }
    if (!state.info || state.is_sentinel) return;
    if (state.info->is_loading || !state.info->is_primary) {
        auto finding = finding_of(state, "redis-not-ready", Problem::SEVERITY_CRITICAL);
        finding.raise_after = not_ready_after;
        finding.text = fmt::format(
            "Redis at {} {}", state.address,
            state.info->is_loading
                ? std::string{"loads its data from disk: no share is credited until it has."}
                : fmt::format("is a replica of {}: it takes no writes. Name the primary in "
                              "redis.address, or let Sentinels do so.",
                              state.info->primary_address));
        findings.push_back(std::move(finding));
        return;
    }
    judge_cluster(state, findings);
    judge_durability(state, replicas_wanted, findings);
    judge_memory(state, findings);
}

}  // namespace

void judge_redis(const std::vector<const RedisState*>& states, std::uint32_t replicas_wanted,
                 Moment now, Findings& findings) {
    for (const auto* state : states) judge(*state, replicas_wanted, now, findings);
}

}  // namespace admin
