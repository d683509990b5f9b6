#include "gateway/metrics.h"

#include <string>

namespace gateway {

NewBlockMetrics::NewBlockMetrics(service::Registry& registry)
    : job_seconds_(registry.histogram(
          "adit_gateway_new_block_job_seconds",
          "From a new tip's arrival here to its jobs' being with the kernel, for each connection.",
          {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5})),
      first_(registry.gauge("adit_gateway_new_block_first_job_seconds",
                            "The same for the last tip and the first connection.")),
      p99_(registry.gauge("adit_gateway_new_block_p99_job_seconds",
                          "The same for the last tip, when 99 of 100 connections had it.")),
      last_(registry.gauge("adit_gateway_new_block_last_job_seconds",
                           "The same for the last tip and the last connection.")) {}

void NewBlockMetrics::sent(std::chrono::nanoseconds after) {
    seconds_.push_back(std::chrono::duration<double>(after).count());
    job_seconds_.observe(seconds_.back());
}

void NewBlockMetrics::done() {
    if (seconds_.empty()) return;
    first_.set(seconds_.front());
    p99_.set(seconds_[(seconds_.size() * 99 + 99) / 100 - 1]);
    last_.set(seconds_.back());
    seconds_.clear();
}

Metrics::Metrics(service::Registry& registry)
    : Metrics(registry, registry.counters("adit_gateway_shares_total",
                                          "Shares answered: accepted, or rejected with the code.",
                                          {"result", "reason"})) {}

Metrics::Metrics(service::Registry& registry, service::Family<service::Counter>& shares)
    : connections(registry.gauge("adit_gateway_connections", "Miners' connections that are open.")),
      connections_max(registry.gauge("adit_gateway_connections_max",
                                     "Connections beyond which nobody is let in.")),
      channels(registry.gauge("adit_gateway_channels", "Mining channels that are open.")),
      handshakes(registry.counters("adit_gateway_handshakes_total",
                                   "Noise handshakes by how they ended.", {"result"})),
      connections_closed(registry.counters("adit_gateway_connections_closed_total",
                                           "Connections that ended, by reason.", {"reason"})),
      malformed(registry.counters("adit_gateway_malformed_total",
                                  "Messages that could not be decoded, for which the connection "
                                  "was closed: by message and error.",
                                  {"message", "error"})),
      custom_jobs(registry.counters("adit_gateway_custom_jobs_total",
                                    "Jobs that miners made themselves, by result.", {"result"})),
      opens(registry.counters("adit_gateway_channel_opens_total",
                              "Requests for a channel: opened, or the code of the refusal.",
                              {"result"})),
      bans(registry.gauge("adit_gateway_bans", "Bans that are known here.")),
      channels_banned(registry.counter("adit_gateway_channels_banned_total",
                                       "Open channels that were closed for a ban.")),
      accepted_shares(shares.with({"accepted", ""})),
      accepted_difficulty(
          registry.sum("adit_gateway_accepted_difficulty_total",
                       "Difficulty of all accepted shares, summed; times 2^32 it is the hashes "
                       "that they took.")),
      shares_without_worker(registry.counter(
          "adit_gateway_shares_without_worker_total",
          "Shares that name no worker although the miner agreed to (extension 0x0002).")),
      blocks_found(registry.counter("adit_gateway_blocks_found_total",
                                    "Shares that met the network target.")),
      share_ack_seconds(registry.histogram(
          "adit_gateway_share_ack_seconds", "From reading a share to its answer.",
          {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10})),
      new_block(registry),
      jobs_skipped(registry.counter("adit_gateway_jobs_skipped_total",
                                    "Superseded jobs not sent to peers that read too slowly.")),
      pauses(registry.counters("adit_gateway_reading_paused_total",
                               "Times that a connection was not read for a while: no-room in the "
                               "ledger's queue or for its opens, or too many requests.",
                               {"reason"})),
      templates(registry.counter("adit_gateway_templates_total", "Templates received.")),
      payouts_fit(registry.gauge("adit_gateway_payouts_fit",
                                 "0 when the block of the current template has no room for some "
                                 "channels' coinbase, so that they get no jobs.")) {
    auto& frames = registry.counters(
        "adit_gateway_stray_frames_total",
        "Frames that were dropped, or taken in spite of a wrong channel bit, by what was odd.",
        {"kind"});
    for (const auto kind : sv2::dispatches)
        if (kind != sv2::Dispatch::process)
            oddities_[static_cast<std::size_t>(kind)] =
                &frames.with({std::string{sv2::dispatch_name(kind)}});
    for (const auto error : mining::share_errors)
        rejected_shares_[static_cast<std::size_t>(error)] =
            &shares.with({"rejected", std::string{mining::error_code(error)}});
}

edge::CertificateMetrics certificate_metrics(service::Registry& registry) {
    return {
        .reloads = registry.counters(
            "adit_gateway_certificate_reloads_total",
            "Changes of the certificate's files: ok when taken, refused when not in order.",
            {"result"}),
        .expiry_timestamp_seconds =
            registry.gauge("adit_gateway_certificate_expiry_timestamp_seconds",
                           "Unix time at which the certificate in use ends."),
        .files_are_good =
            registry.gauge("adit_gateway_certificate_files_good",
                           "1 when a restart would find the key and certificate in order, else 0."),
    };
}

}  // namespace gateway
