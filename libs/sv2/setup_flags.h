#pragma once

#include <cstdint>

namespace sv2 {

/// SetupConnection.flags on a mining connection: what the client asks for (Sv2 5.3.1).
namespace mining_client_flag {
/// The client cannot process extended jobs.
inline constexpr std::uint32_t requires_standard_jobs = 1U << 0;
/// The client will send SetCustomMiningJob.
inline constexpr std::uint32_t requires_work_selection = 1U << 1;
/// The server must not send jobs that forbid version rolling.
inline constexpr std::uint32_t requires_version_rolling = 1U << 2;
}  // namespace mining_client_flag

/// SetupConnection.Success.flags on a mining connection: what the server insists on. The bits mean
/// something else than the client's, so that they are never echoed (Sv2 5.3.1).
namespace mining_server_flag {
/// The version field of every job is fixed.
inline constexpr std::uint32_t requires_fixed_version = 1U << 0;
/// Standard channels are refused.
inline constexpr std::uint32_t requires_extended_channels = 1U << 1;
}  // namespace mining_server_flag

/// SetupConnection.flags on a job declaration connection (Sv2 6.3).
namespace job_declaration_client_flag {
/// The client agrees to reveal transaction data: full-template mode.
inline constexpr std::uint32_t declare_tx_data = 1U << 0;
}  // namespace job_declaration_client_flag

/// The bits of a header's version that miners may roll: 5 to 28 (BIP 323).
inline constexpr std::uint32_t version_rolling_mask = 0x1fffffe0;

}  // namespace sv2
