#include "translator/aggregate_metrics.h"

#include <string>
#include <utility>

namespace translator {

AggregateMetrics::AggregateMetrics(service::Registry& registry)
    : miners(registry.gauge("adit_translator_aggregate_miners",
                            "Miners that share the aggregated channel.")),
      hash_rate(registry.gauge("adit_translator_aggregate_hash_rate",
                               "Hashes a second that the miners of the aggregated channel are "
                               "believed to have, together.")),
      indices_resting(
          registry.gauge("adit_translator_aggregate_indices_resting",
                         "Extranonce indices of miners that left, until the next tip.")),
      reissues(registry.counter("adit_translator_aggregate_reissues_total",
                                "Jobs sent again for another target of a miner.")),
      updates(registry.counter("adit_translator_aggregate_updates_total",
                               "Times that the pool was told of another hash rate or limit.")),
      verdicts_given_up(registry.counter(
          "adit_translator_aggregate_verdicts_given_up_total",
          "Shares whose verdict was no longer waited for: too many were without one.")),
      miners_refused(registry.counter(
          "adit_translator_aggregate_miners_refused_total",
          "Miners for whom there was no room in the aggregated channel's extranonce.")),
      channel_refused(registry.counter("adit_translator_aggregate_channel_refused_total",
                                       "Times that the pool refused or closed the channel.")) {
    auto& shares = registry.counters(
        "adit_translator_aggregate_shares_total",
        "Shares of miners: forwarded to the pool; kept, for they met the miner's target only; low, "
        "for they met neither; stale, for their job is void.",
        {"fate"});
    for (const auto& [fate, name] :
         {std::pair{ShareFate::forwarded, "forwarded"}, std::pair{ShareFate::kept, "kept"},
          std::pair{ShareFate::low, "low"}, std::pair{ShareFate::stale, "stale"}})
        shares_[static_cast<std::size_t>(fate)] = &shares.with({name});
    auto& retargets = registry.counters(
        "adit_translator_aggregate_retargets_total",
        "Changes of what a miner's hash rate is believed to be, by reason.", {"reason"});
    using retarget::Reason;
    for (const auto reason :
         {Reason::silent, Reason::fell, Reason::rose, Reason::settled, Reason::recanted})
        retargets_[static_cast<std::size_t>(reason)] =
            &retargets.with({std::string{retarget::to_text(reason)}});
}

}  // namespace translator
