#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

#include "edge/certificate_watch.h"
#include "mining/share.h"
#include "service/metrics.h"
#include "sv2/dispatch.h"

namespace gateway {

/// How long a new tip takes from its arrival here to the sockets: of each connection that mines,
/// and of the last tip when the first, 99 of 100 and the last had their jobs.
class NewBlockMetrics {
  public:
    explicit NewBlockMetrics(service::Registry& registry);

    /// In order: each connection no earlier than the one before it.
    void sent(std::chrono::nanoseconds after);
    /// All that mine have it.
    void done();

  private:
    service::Histogram& job_seconds_;
    service::Gauge& first_;
    service::Gauge& p99_;
    service::Gauge& last_;
    std::vector<double> seconds_{};  // of the tip that is being sent
};

/// What a gateway counts. References into the process's registry.
struct Metrics {
    explicit Metrics(service::Registry& registry);

    service::Gauge& connections;
    service::Gauge& connections_max;
    service::Gauge& channels;
    service::Family<service::Counter>& handshakes;          // by result
    service::Family<service::Counter>& connections_closed;  // by reason
    service::Family<service::Counter>& malformed;           // by message and error
    service::Counter& oddities(sv2::Dispatch kind) {
        return *oddities_[static_cast<std::size_t>(kind)];
    }
    service::Family<service::Counter>& custom_jobs;  // by result: "accepted" or a code
    service::Family<service::Counter>& opens;        // by result: "opened" or a code
    service::Gauge& bans;
    service::Counter& channels_banned;
    service::Counter& accepted_shares;
    service::Counter& rejected_shares(mining::ShareError error) {
        return *rejected_shares_[static_cast<std::size_t>(error)];
    }
    service::Sum& accepted_difficulty;
    service::Counter& shares_without_worker;
    service::Counter& blocks_found;
    service::Histogram& share_ack_seconds;
    NewBlockMetrics new_block;
    service::Counter& jobs_skipped;
    service::Family<service::Counter>& pauses;  // by reason
    service::Counter& templates;
    service::Gauge& payouts_fit;

  private:
    // Every series is there from the start, so that counting a share or a stray frame allocates
    // nothing.
    Metrics(service::Registry& registry, service::Family<service::Counter>& shares);
    std::array<service::Counter*, sv2::dispatches.size()> oddities_{};
    std::array<service::Counter*, mining::share_errors.size()> rejected_shares_{};
};

/// What it counts of its certificate.
edge::CertificateMetrics certificate_metrics(service::Registry& registry);

}  // namespace gateway
