#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/result.h"
#include "ledger/durability.h"
#include "mining/ids.h"
#include "redis/client.h"

namespace ledger {

/// What Redis says to a replica that would lead, or does.
struct LeaseAnswer {
    enum class Kind {
        taken,             ///< the lease is ours, under a new epoch
        held,              ///< renewed
        fenced,            ///< a newer epoch than ours was named, `epoch`, or ours again
        taken_by_another,  ///< `owner` leads under `epoch`
        released,
    };
    Kind kind{};
    mining::Epoch epoch{};
    std::string owner{};
    /// Until it runs out, unless it is renewed.
    std::chrono::milliseconds left{};
    /// Of `taken` and `held`: before that, a Redis that forgot the epoch could give it out again
    /// (D11).
    std::chrono::microseconds usable_after{};
};
using OnLeaseAnswer = std::function<void(base::Result<LeaseAnswer, std::string>)>;

/// The lease of the leader among the template replicas. `owner` is a name that no other process
/// has, nor the same one after a restart. Errors, in words for the log: Redis is away, or too few
/// of its replicas have the new epoch, which then must not be used.
struct TemplateLease {
    redis::Client& client;
    std::string owner{};
    std::chrono::milliseconds length{};
    Durability durability{};

    /// `newest` is the newest epoch that the caller has heard of; the one it gets is newer.
    void take(mining::Epoch newest, OnLeaseAnswer done) const;
    /// Before the epoch is used: `held` and nothing left of `usable_after`.
    void confirm(mining::Epoch epoch, OnLeaseAnswer done) const;
    void renew(mining::Epoch epoch, OnLeaseAnswer done) const;
    void release(mining::Epoch epoch, OnLeaseAnswer done) const;
};

}  // namespace ledger
