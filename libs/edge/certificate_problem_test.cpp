#include "edge/certificate_problem.h"

#include <gtest/gtest.h>

namespace edge {
namespace {

using Severity = service::Problems::Severity;

constexpr std::uint32_t hour = 3600;
constexpr std::uint32_t day = 24 * hour;

TEST(ExpirySeverity, FollowsTheLifeOfTheCertificate) {
    const struct {
        const char* when;
        std::uint32_t life;
        std::uint32_t left;
        std::optional<Severity> severity;
    } cases[] = {
        {"a day's, more than six hours left", day, 6 * hour, std::nullopt},
        {"a day's, less than six hours left", day, 6 * hour - 1, Severity::warning},
        {"a day's, an hour left", day, hour, Severity::warning},
        {"a day's, less than an hour left", day, hour - 1, Severity::critical},
        {"a year's, a week left", 365 * day, 7 * day, std::nullopt},
        {"a year's, less than a week left", 365 * day, 7 * day - 1, Severity::warning},
        {"a year's, less than a day left", 365 * day, day - 1, Severity::critical},
    };
    for (const auto& [when, life, left, severity] : cases) {
        SCOPED_TRACE(when);
        const noise::Certificate certificate{.valid_from = 1'000'000,
                                             .not_valid_after = 1'000'000 + life};
        EXPECT_EQ(expiry_severity(certificate, certificate.not_valid_after - left), severity);
    }
    EXPECT_EQ(expiry_severity({.valid_from = 1, .not_valid_after = 100}, 101), Severity::critical);
}

}  // namespace
}  // namespace edge
