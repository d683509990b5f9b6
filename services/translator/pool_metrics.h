#pragma once

#include "service/metrics.h"

namespace translator {

/// What there is to know of the pools; `pool` is host:port as configured.
struct PoolMetrics {
    explicit PoolMetrics(service::Registry& registry);

    service::Family<service::Gauge>& in_use;           // by pool: 1 where miners work for it
    service::Family<service::Gauge>& connections;      // by pool: those that the pool has taken
    service::Family<service::Gauge>& channels;         // by pool
    service::Gauge& waiting;                           // channels that wait to be asked for
    service::Family<service::Counter>& handshakes;     // by pool, result
    service::Family<service::Counter>& ended;          // by pool, reason: connections once taken
    service::Family<service::Counter>& opens;          // by pool, result
    service::Family<service::Counter>& shares;         // by pool, result
    service::Family<service::Histogram>& ack_seconds;  // by pool
    service::Family<service::Counter>& reconnects;     // by pool
    service::Family<service::Counter>& oddities;       // by pool
    service::Counter& failovers;
    service::Counter& returns;
    service::Counter& moved;  // channels that changed connections without an interruption
    service::Counter& interrupted;
};

}  // namespace translator
