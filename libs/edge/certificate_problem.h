#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "edge/certificate_watch.h"
#include "service/problems.h"

namespace edge {

/// Raises "certificate-refused" while the files hold what is not taken, and "certificate-expiry"
/// when the one in use should have been renewed. All outlive the problems.
void watch_certificate(service::Problems& problems, const CertificateWatch& watch,
                       const base::Clock& clock);

/// How pressing a renewal is: nothing while it is not. Certificates live for hours or for years, so
/// a part of their life counts: a warning when standing() says that they end soon, critical in the
/// last twenty-fourth, at most a day.
std::optional<service::Problems::Severity> expiry_severity(const noise::Certificate& certificate,
                                                           std::uint32_t now);

}  // namespace edge
