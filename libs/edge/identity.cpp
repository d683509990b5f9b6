#include "edge/identity.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "noise/key_file.h"

namespace edge {
namespace {

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

std::string as_date(std::uint32_t unix_seconds) {
    return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(std::time_t{unix_seconds}));
}

noise::GatewayIdentity load_identity(const CertificateFiles& files, const base::Clock& clock) {
    auto identity = noise::load_gateway_identity(files.key_file, files.certificate_file);
    if (const auto why = unfitness(identity, files, base::to_unix_seconds(clock.unix_now())))
        throw noise::KeyFileError{*why};
    return identity;
}

std::optional<std::string> unfitness(const noise::GatewayIdentity& identity,
                                     const CertificateFiles& files, std::uint32_t now) {
    const auto& certificate = identity.certificate;
    auto refusal = noise::certificate_refusal(certificate, identity.authority,
                                              identity.static_key.public_key(), now);
    // The tolerance of that is for two clocks that differ; it would be gone soon.
    if (!refusal && now > certificate.not_valid_after) refusal = noise::CertificateError::expired;
    if (!refusal) return std::nullopt;
    const auto& file = files.certificate_file;
    return fmt::format(
        "{} {}: it is valid from {} to {}; cure: aditctl keys sign --gateway {} "
        "--authority AUTHORITY.key --out {} --force",
        file.string(), refusal_text(*refusal), as_date(certificate.valid_from),
        as_date(certificate.not_valid_after), files.key_file.string(), file.string());
}

Standing standing(const noise::Certificate& certificate, std::uint32_t now) {
    constexpr std::uint32_t lead_max = 7 * 24 * 3600;  // the working week of who renews by hand
    const auto end = certificate.not_valid_after;
    if (now > end) return Standing::ended;
    const auto life = end - std::min(end, certificate.valid_from);
    return end - now < std::min(life / 4, lead_max) ? Standing::ends_soon : Standing::good;
}

}  // namespace edge
