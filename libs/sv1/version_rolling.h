#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"

/// BIP 310's version rolling, at both ends of an SV1 connection.
namespace sv1 {

/// What a miner has when its `mining.configure` names no mask.
inline constexpr std::uint32_t version_mask_default = 0xffffffff;

enum class VersionError {
    bits_missing,       ///< version rolling is on, and the share has no sixth parameter
    bits_not_agreed,    ///< version rolling is off, and the share has one
    bits_outside_mask,  ///< a bit that was not granted
};

/// For a log, and for the miner: "Version bits missing".
const char* error_text(VersionError error);

/// The version of a share's header. `mask` is what the miner was granted, zero for a job whose
/// version is fixed; nothing when version rolling was not agreed.
/// Errors: each enumerator.
base::Result<std::uint32_t, VersionError> share_version(std::uint32_t job_version,
                                                        std::optional<std::uint32_t> mask,
                                                        std::optional<std::uint32_t> version_bits);

}  // namespace sv1
