#include "gateway/mining_policy.h"

#include "sv2/dispatch.h"
#include "sv2/error_codes.h"
#include "sv2/setup_flags.h"

namespace gateway {
namespace {

namespace asks = sv2::mining_client_flag;
namespace insists = sv2::mining_server_flag;

std::uint32_t supported_flags(const MiningPolicy& policy) {
    std::uint32_t flags = 0;
    // Jobs without a version that may be rolled are not what its miners can work on.
    if (!policy.requires_fixed_version) flags |= asks::requires_version_rolling;
    // It could have standard channels only, and so none.
    if (!policy.requires_extended_channels) flags |= asks::requires_standard_jobs;
    if (policy.custom_jobs != nullptr) flags |= asks::requires_work_selection;
    return flags;
}

}  // namespace

base::Result<ConnectionFlags, SetupRefusal> answer_setup(const sv2::SetupConnection& setup,
                                                         const MiningPolicy& policy) {
    const auto refuse = [](std::uint32_t flags, std::string_view code) {
        return base::unexpected(SetupRefusal{flags, code});
    };
    if (setup.protocol != sv2::Protocol::mining)
        return refuse(0, sv2::error_code::unsupported_protocol);
    if (setup.min_version > sv2::protocol_version || setup.max_version < sv2::protocol_version)
        return refuse(0, sv2::error_code::protocol_version_mismatch);
    if (const auto unsupported = setup.flags & ~supported_flags(policy); unsupported != 0)
        return refuse(unsupported, sv2::error_code::unsupported_feature_flags);
    const ConnectionFlags flags{
        .requires_standard_jobs = (setup.flags & asks::requires_standard_jobs) != 0,
        .requires_work_selection = (setup.flags & asks::requires_work_selection) != 0};
    // Custom jobs are extended ones, so neither kind of channel could be opened.
    if (flags.requires_standard_jobs && flags.requires_work_selection)
        return refuse(0, sv2::error_code::conflicting_feature_flags);
    return flags;
}

std::uint32_t server_flags(const MiningPolicy& policy) {
    return (policy.requires_fixed_version ? insists::requires_fixed_version : 0U) |
           (policy.requires_extended_channels ? insists::requires_extended_channels : 0U);
}

}  // namespace gateway
