#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "edge/certificate_files.h"
#include "noise/identity.h"

namespace edge {

/// Reads the key and the certificate that the configuration names. Throws noise::KeyFileError,
/// which names the file and the cure, when they are not in order, or when no peer would take the
/// certificate at the clock's time. Blocks: for starting up, never for a loop.
noise::GatewayIdentity load_identity(const CertificateFiles& files, const base::Clock& clock);

/// Why no peer would take this identity at `now` (unix seconds), with the cure; nothing if it is
/// fit. The same reason has the same text.
std::optional<std::string> unfitness(const noise::GatewayIdentity& identity,
                                     const CertificateFiles& files, std::uint32_t now);

/// How a certificate in use stands with the time.
enum class Standing {
    good,
    ends_soon,  ///< a quarter of its life is left, or seven days: it should have been renewed
    ended,      ///< peers refuse it
};
Standing standing(const noise::Certificate& certificate, std::uint32_t now);

/// "2026-11-26 11:06:42 UTC".
std::string as_date(std::uint32_t unix_seconds);

}  // namespace edge
