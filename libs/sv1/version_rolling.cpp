#include "sv1/version_rolling.h"

namespace sv1 {

const char* error_text(VersionError error) {
    switch (error) {
        case VersionError::bits_missing: return "Version bits missing";
        case VersionError::bits_not_agreed: return "Version rolling was not agreed";
        case VersionError::bits_outside_mask: return "Version bits outside the mask";
    }
    return "";
}

base::Result<std::uint32_t, VersionError> share_version(std::uint32_t job_version,
                                                        std::optional<std::uint32_t> mask,
                                                        std::optional<std::uint32_t> version_bits) {
    if (!mask) {
        if (version_bits) return base::unexpected(VersionError::bits_not_agreed);
        return job_version;
    }
    if (!version_bits) return base::unexpected(VersionError::bits_missing);
    if ((*version_bits & ~*mask) != 0) return base::unexpected(VersionError::bits_outside_mask);
    return (job_version & ~*mask) | (*version_bits & *mask);
}

}  // namespace sv1
