#include "loadgen/statistics.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace loadgen {
namespace {

using Json = nlohmann::ordered_json;

// A block that nobody hears of any more when so many came after it.
constexpr std::size_t tips_kept = 4;
// More than a day's of every ten seconds.
constexpr std::size_t tips_told = 10'000;

double seconds(base::SteadyTime::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

Json Statistics::counts(const ShareCounts& of) const {
    Json by_reason = Json::object();
    for (const auto& [reason, count] : of.rejected_by_reason) by_reason[reason] = count;
    return {
        {"submitted", of.submitted}, {"accepted", of.accepted},
        {"rejected", of.rejected},   {sv2 ? "rejected_by_reason" : "rejected_by_code", by_reason},
        {"unknown", of.unknown},     {"waiting", of.waiting()}};
}

const char* name_of(Intent intent) {
    switch (intent) {
        case Intent::honest: return "honest";
        case Intent::duplicate: return "duplicate";
        case Intent::wrong_worker: return "wrong_worker";
        case Intent::low_difficulty: return "low_difficulty";
        case Intent::stale_job: return "stale_job";
        case Intent::bad_job_id: return "bad_job_id";
        case Intent::bad_version: return "bad_version";
        case Intent::bad_ntime: return "bad_ntime";
    }
    return "";
}

base::SteadyTime::duration TipSpread::heard(const bitcoin::BlockHash& prev_hash,
                                            base::SteadyTime now) {
    const auto known = std::ranges::find(recent_, prev_hash, &Heard::prev_hash);
    if (known != recent_.end()) {
        known->last = now;
        ++known->miners;
        return now - known->first;
    }
    recent_.push_back({.prev_hash = prev_hash, .first = now, .last = now, .miners = 1});
    if (recent_.size() > tips_kept) close_oldest();
    return {};
}

void TipSpread::close_oldest() {
    times_.add(recent_.front().last - recent_.front().first);
    over_.push_back(recent_.front());
    if (over_.size() > tips_told) over_.pop_front();
    recent_.pop_front();
}

void TipSpread::finish() {
    while (!recent_.empty()) close_oldest();
}

void Statistics::forget_times() {
    answers = {};
    tips = {};
    new_block_to_job = {};
    if (sv2) sv2->late = {};
}

std::string Statistics::status_line(std::size_t connected, std::size_t working,
                                    base::SteadyTime::duration oldest_wait, base::SteadyTime now) {
    const auto& honest = shares[Intent::honest];
    const Json line{{"seconds", seconds(now - started)},
                    {"connected", connected},
                    {"working", working},
                    {"submitted", honest.submitted},
                    {"accepted", honest.accepted},
                    {"rejected", honest.rejected},
                    {"unknown", honest.unknown},
                    {"waiting", honest.waiting()},
                    {"oldest_wait_s", seconds(oldest_wait)},
                    {"answer_p99_us", recent_answers.quantile_us(0.99)},
                    {"lost", connections_lost}};
    recent_answers = {};
    return line.dump();
}

std::string Statistics::summary(base::SteadyTime now, base::UnixMicros unix_now) const {
    const auto unix_us = [&](base::SteadyTime at) {
        return unix_now.time_since_epoch().count() -
               std::chrono::duration_cast<std::chrono::microseconds>(now - at).count();
    };
    Json each = Json::array();
    for (const auto& miner : miners) {
        Json gaps = Json::array();
        for (const auto& gap : miner.gaps)
            gaps.push_back({{"kind", name_of(gap.kind)},
                            {"from_us", unix_us(gap.from)},
                            {"to_us", unix_us(gap.to)}});
        each.push_back(
            {{"name", miner.name},
             {"steady", miner.is_steady},
             {"hash_rate", miner.hash_rate_hps},
             {"seconds", seconds(now - miner.since)},
             {"connections", miner.connections},
             {"lost", miner.lost},
             {"shares", counts(miner.shares)},
             {"target_changes", miner.target_changes},
             {"target_changes_away", miner.target_changes_away},
             {"first_difficulty", miner.first_difficulty},
             {"last_difficulty", miner.last_difficulty},
             {"accepted_s_ago",
              miner.shares.accepted == 0 ? Json{} : Json(seconds(now - miner.last_accepted_at))},
             {"longest_gap_s", seconds(miner.longest_gap)},
             {"gaps", gaps}});
    }
    Json by_intent = Json::object();
    for (const auto& [intent, count] : shares) by_intent[name_of(intent)] = counts(count);
    Json blocks = Json::array();
    for (const auto& block : tips.over())
        blocks.push_back({{"prev_hash", block.prev_hash.value.to_be_hex()},
                          {"first_us", unix_us(block.first)},
                          {"last_us", unix_us(block.last)},
                          {"miners", block.miners}});
    Json hostile_peers = Json::object();
    for (const auto& [kind, deeds] : hostile)
        hostile_peers[kind] = {{"peers", deeds.peers},
                               {"connections", deeds.connections},
                               {"lines", deeds.lines},
                               {"closed", deeds.closed}};
    Json all{{"seconds", seconds(now - started)},
             {"connections", connections},
             {"connections_lost", connections_lost},
             {"lost_by_reason", lost_by_reason},
             {"hashes", hashes},
             {"segments_sent", segments_sent},
             {"shares", by_intent},
             {"answer_us", to_json(answers)},
             {"new_block_us", to_json(tips.times())},
             {"new_block_to_job_us", to_json(new_block_to_job)},
             {"new_blocks", blocks},
             {"first_work_us", to_json(first_work)},
             {"worked", {{"miners", worked}, {"last_s", seconds(last_worked_first - started)}}},
             {"storm_handshake_us", to_json(handshakes)},
             {"not_connected", not_connected},
             {"not_found", not_found},
             {"odd", odd},
             {"hostile", hostile_peers},
             {"miners", each}};
    if (sv2) all.update(sv2->summary(started, unix_us));
    return all.dump(1) + "\n";
}

}  // namespace loadgen
