#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "bitcoin/target.h"
#include "bus/batch.h"
#include "gateway/acknowledgement.h"
#include "gateway/history.h"
#include "mining/payout.h"
#include "mining/share.h"
#include "sv2/ids.h"

namespace gateway {

using TargetHistory = History<bitcoin::Target>;

/// An open mining channel of one connection.
struct Channel {
    bus::Channel info{};
    sv2::ChannelId id{};
    History<sv2::ChannelId> groups;
    mining::Extranonce extranonce_prefix{};
    bitcoin::Target max_target{};
    TargetHistory targets;
    /// What vardiff wants and no job could carry yet.
    std::optional<bitcoin::Target> proposed{};
    /// A SetTarget has been sent that no job carries yet.
    bool owes_a_job{};
    std::shared_ptr<const mining::PayoutOutputs> outputs{};
    mining::OutputsId outputs_id{};
    Moment opened_at{};
    /// The job that shares are expected for; shares for others of the same tip are late but good.
    sv2::JobId latest_job{};
    Acknowledgement acknowledgement{};
    /// Shares at a worker that this channel still hears of.
    std::uint32_t unanswered{};
};

}  // namespace gateway
