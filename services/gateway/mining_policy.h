#pragma once

#include <cstdint>

#include "base/result.h"
#include "gateway/acknowledgement.h"
#include "sv2/common_messages.h"

namespace gateway {

class CustomJobCheck;

/// What this pool insists on, on every mining connection: all servers behind one host and port
/// have the same (Sv2 3.6.3).
struct MiningPolicy {
    /// No version bits are rolled, in standard jobs neither.
    bool requires_fixed_version{};
    /// No standard channels.
    bool requires_extended_channels{};
    AcknowledgementHold hold{};
    /// Which jobs of miners' own making are paid for. Without it there are none, and
    /// REQUIRES_WORK_SELECTION is not supported. Outlives whoever has the policy.
    const CustomJobCheck* custom_jobs{};
};

/// What one connection has asked for and got.
struct ConnectionFlags {
    bool requires_standard_jobs{};
    bool requires_work_selection{};
};

/// Why a SetupConnection is refused; `flags` is the complete set of unsupported ones, or 0 where
/// the cause is another.
struct SetupRefusal {
    std::uint32_t flags{};
    std::string_view error_code{};
};

/// Answers SetupConnection (Sv2 3.6, 5.3.1). Who sets every flag to see what is there learns
/// exactly what is not.
/// Errors: `unsupported-protocol`, `protocol-version-mismatch`, `unsupported-feature-flags`,
/// `conflicting-feature-flags`.
base::Result<ConnectionFlags, SetupRefusal> answer_setup(const sv2::SetupConnection& setup,
                                                         const MiningPolicy& policy);

/// Our flags in the answer. They mean something else than the client's and are never echoed.
std::uint32_t server_flags(const MiningPolicy& policy);

}  // namespace gateway
