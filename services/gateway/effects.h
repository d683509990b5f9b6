#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "bus/batch.h"
#include "mining/payout.h"
#include "mining/share.h"
#include "sv2/dispatch.h"
#include "sv2/types.h"

namespace gateway {

/// A share on its way to a worker. The pointers live until the session is called again.
struct ForwardShare {
    const bus::Channel* channel{};
    const mining::PayoutOutputs* outputs{};
    const mining::CustomJob* custom_job{};  ///< null where the job is the pool's own
    mining::JobRecord job{};
    mining::SubmittedShare share{};
    /// Who found it, at most 32 bytes, where extension 0x0002 is in use; borrows from the frame.
    std::string_view worker{};
};

/// What a session wants done. Reused from call to call, so that a share allocates nothing.
struct Effects {
    /// Plaintext SV2 frames, back to back, to be sealed and sent in this order.
    base::Bytes frames{};
    std::vector<ForwardShare> shares{};
    /// For the ledger, after the shares.
    std::vector<bus::EventBody> events{};
    /// Shares that were refused here; they never reach a worker.
    std::vector<mining::ShareError> refused{};
    /// Shares that name no worker although extension 0x0002 is in use.
    unsigned shares_without_worker{};
    /// Channels that now exist, and opens that were refused with this code.
    unsigned channels_opened{};
    unsigned channels_banned{};
    std::vector<std::string> opens_refused{};
    /// A frame that was dropped, or taken although its channel bit is wrong.
    std::optional<sv2::Dispatch> oddity{};
    /// Why a message is not what its type promises; the connection is closed for it.
    std::optional<sv2::DecodeError> malformed{};
    /// Miners' own jobs, and those that were refused with this code.
    unsigned custom_jobs_accepted{};
    std::vector<std::string> custom_jobs_refused{};
    /// To be closed once the frames are sent, for this reason: a name for the metric.
    std::optional<std::string_view> close{};

    void clear() {
        frames.clear();
        shares.clear();
        events.clear();
        refused.clear();
        shares_without_worker = 0;
        channels_opened = 0;
        channels_banned = 0;
        opens_refused.clear();
        oddity.reset();
        malformed.reset();
        custom_jobs_accepted = 0;
        custom_jobs_refused.clear();
        close.reset();
    }
};

}  // namespace gateway
