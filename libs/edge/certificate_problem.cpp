#include "edge/certificate_problem.h"

#include <fmt/format.h>

#include <algorithm>

namespace edge {

using Severity = service::Problems::Severity;

std::optional<Severity> expiry_severity(const noise::Certificate& certificate, std::uint32_t now) {
    constexpr std::uint32_t last_days = 24 * 3600;
    switch (standing(certificate, now)) {
        case Standing::good: return std::nullopt;
        case Standing::ended: return Severity::critical;
        case Standing::ends_soon: break;
    }
    const auto end = certificate.not_valid_after;
    const auto life = end - std::min(end, certificate.valid_from);
    return end - now < std::min(life / 24, last_days) ? Severity::critical : Severity::warning;
}

void watch_certificate(service::Problems& problems, const CertificateWatch& watch,
                       const base::Clock& clock) {
    problems.on_look([&problems, &watch, &clock] {
        const auto& files = watch.files();
        problems.show(
            "certificate-refused", Severity::warning,
            watch.complaint().empty()
                ? std::nullopt
                : std::optional{fmt::format(
                      "The certificate in the files is not taken, the one in use goes on "
                      "until {}: {}",
                      as_date(watch.identity().certificate.not_valid_after), watch.complaint())});
        const auto& certificate = watch.identity().certificate;
        const auto now = base::to_unix_seconds(clock.unix_now());
        const auto severity = expiry_severity(certificate, now);
        if (!severity) return problems.clear("certificate-expiry");
        problems.raise(
            "certificate-expiry", *severity,
            fmt::format(
                "The certificate {} at {}, then miners that connect refuse it; cure: aditctl "
                "keys sign --gateway {} --authority AUTHORITY.key --out {} --force",
                now > certificate.not_valid_after ? "has expired" : "expires",
                as_date(certificate.not_valid_after), files.key_file.string(),
                files.certificate_file.string()));
    });
}

}  // namespace edge
