#include "gateway/identity.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "noise/key_file.h"

namespace gateway {
namespace {

std::string as_date(std::uint32_t unix_seconds) {
    return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(std::time_t{unix_seconds}));
}

std::string_view refusal_text(noise::CertificateError error) {
    switch (error) {
        case noise::CertificateError::unknown_version: return "has an unknown version";
        case noise::CertificateError::not_yet_valid: return "is not valid yet";
        case noise::CertificateError::expired: return "has expired";
        case noise::CertificateError::wrong_signature: return "is not signed by its authority";
    }
    return "is no good";
}

}  // namespace

noise::GatewayIdentity load_identity(const Config& config, const base::Clock& clock) {
    const auto& file = config.certificate_file;
    auto identity = noise::load_gateway_identity(config.key_file, file);
    const auto now = base::to_unix_seconds(clock.unix_now());
    auto refusal = noise::certificate_refusal(identity.certificate, identity.authority,
                                              identity.static_key.public_key(), now);
    // The tolerance of that is for two clocks that differ; it would be gone soon after the start.
    if (!refusal && now > identity.certificate.not_valid_after)
        refusal = noise::CertificateError::expired;
    if (!refusal) return identity;
    throw noise::KeyFileError{fmt::format(
        "{} {}: it is valid from {} to {}, now is {}; cure: aditctl keys sign --gateway {} "
        "--authority AUTHORITY.key --out {} --force",
        file.string(), refusal_text(*refusal), as_date(identity.certificate.valid_from),
        as_date(identity.certificate.not_valid_after), as_date(now), config.key_file.string(),
        file.string())};
}

}  // namespace gateway
