#include "translator/miner_metrics.h"

#include <string>

namespace translator {
namespace {

const char* disagreement(Verdict verdict) {
    switch (verdict) {
        case Verdict::accepted: break;
        case Verdict::stale: return "stale";
        case Verdict::duplicate: return "duplicate";
        case Verdict::low: return "low";
        case Verdict::rejected: return "rejected";
        case Verdict::unknown: break;
    }
    return nullptr;
}

}  // namespace

MinerMetrics::MinerMetrics(service::Registry& registry)
    : MinerMetrics(
          registry,
          registry.counters("adit_translator_shares_total",
                            "Shares answered: accepted, or rejected with the reason.",
                            {"result", "reason"}),
          registry.counters("adit_translator_share_answers_total",
                            "Shares that met the pool's target, by what their answer was made of: "
                            "the pool's verdict, our own when that did not come in time, or our "
                            "own at once because the pool's usually does not.",
                            {"by"}),
          registry.counters("adit_translator_notifies_total",
                            "Jobs sent to miners: of a new tip, others, and repeated ones for "
                            "miners that would take silence for an end.",
                            {"kind"}),
          registry.counters("adit_translator_authorizations_total", "Answers to mining.authorize.",
                            {"result"})) {}

MinerMetrics::MinerMetrics(service::Registry& registry, service::Family<service::Counter>& shares,
                           service::Family<service::Counter>& answers,
                           service::Family<service::Counter>& notifies,
                           service::Family<service::Counter>& authorizations)
    : shares_accepted(shares.with({"accepted", ""})),
      shares_short(registry.counter("adit_translator_shares_short_total",
                                    "Accepted shares that met the difficulty their miner was told "
                                    "and not the pool's target: not forwarded.")),
      shares_unconfirmed(registry.counter("adit_translator_shares_unconfirmed_total",
                                          "Shares whose verdict was lost with a connection to a "
                                          "pool.")),
      accepted_difficulty(registry.sum("adit_translator_accepted_difficulty_total",
                                       "Difficulty of all shares that were accepted and met the "
                                       "pool's target, summed.")),
      share_answer_seconds(registry.histogram(
          "adit_translator_share_answer_seconds", "From reading a share to its answer.",
          {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10})),
      answers_by_pool(answers.with({"pool"})),
      answers_in_time(answers.with({"bound"})),
      answers_at_once(answers.with({"slow-pool"})),
      notifies_clean(notifies.with({"clean"})),
      notifies_refresh(notifies.with({"refresh"})),
      notifies_keep_alive(notifies.with({"keep-alive"})),
      jobs_skipped(registry.counter("adit_translator_jobs_skipped_total",
                                    "Jobs not sent to miners that read too slowly; the latest "
                                    "follows when they have caught up.")),
      new_block_notify_seconds(registry.histogram(
          "adit_translator_new_block_notify_seconds",
          "From a new tip's arrival here to its job, for each miner.",
          {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5})),
      new_block_first_notify_seconds(
          registry.gauge("adit_translator_new_block_first_notify_seconds",
                         "From the last new tip's arrival here to its job for the first miner.")),
      new_block_last_notify_seconds(
          registry.gauge("adit_translator_new_block_last_notify_seconds",
                         "From the last new tip's arrival here to its job for the last miner.")),
      authorized(authorizations.with({"authorized"})),
      authorize_refused(authorizations.with({"refused"})),
      resumed(registry.counter("adit_translator_sessions_resumed_total",
                               "Miners that came back with their session id and got their channel "
                               "back.")),
      parked(registry.gauge("adit_translator_sessions_parked",
                            "Channels kept for miners whose connection has ended.")),
      extranonce_changes(registry.counter("adit_translator_extranonce_changes_total",
                                          "Miners that were given another extranonce, or "
                                          "disconnected because they cannot take one.")),
      bad_lines(registry.counters("adit_translator_bad_lines_total",
                                  "Lines from miners that are no SV1, by what is wrong.",
                                  {"error"})) {
    for (const auto reason : share_reasons)
        rejected_[static_cast<std::size_t>(reason)] =
            &shares.with({"rejected", std::string{to_text(reason)}});
    auto& disagreed = registry.counters(
        "adit_translator_shares_disagreed_total",
        "Shares that were answered as accepted and that the pool then refused, by its reason.",
        {"reason"});
    for (const auto verdict : {Verdict::accepted, Verdict::stale, Verdict::duplicate, Verdict::low,
                               Verdict::rejected, Verdict::unknown})
        if (const auto* reason = disagreement(verdict))
            disagreed_[static_cast<std::size_t>(verdict)] = &disagreed.with({reason});
}

}  // namespace translator
