#include "admin/problem_testing.h"

namespace admin {
namespace {

using adit::admin::v1::Problem;

Finding critical(const std::string& kind, const std::string& service,
                 const std::string& service_kind) {
    return {.id = service + kind,
            .kind = kind,
            .severity = Problem::SEVERITY_CRITICAL,
            .text = "text",
            .service = service,
            .service_kind = service_kind};
}

TEST(Consequences, StandBehindTheirCause) {
    Findings findings{critical("stage-stalled", "services/gateway-1", "gateway"),
                      critical("redis-not-answering", "services/redis-a:1", "redis")};
    mark_consequences(findings);
    EXPECT_EQ(findings[0].severity, Problem::SEVERITY_WARNING);
    EXPECT_THAT(findings[0].text, testing::HasSubstr("redis-not-answering of services/redis-a:1"));
    EXPECT_EQ(findings[1].severity, Problem::SEVERITY_CRITICAL);
    EXPECT_EQ(findings[1].text, "text");
}

TEST(Consequences, AreOnlyWhatCanFollow) {
    // A vardiff that is frozen stalls no gateway.
    Findings findings{critical("stage-stalled", "services/gateway-1", "gateway"),
                      critical("not-answering", "services/vardiff-1", "vardiff")};
    mark_consequences(findings);
    EXPECT_EQ(findings[0].severity, Problem::SEVERITY_CRITICAL);
    EXPECT_EQ(findings[0].text, "text");
}

TEST(Consequences, AreLoweredOnce) {
    Findings findings{critical("shares-stalled", "", ""),
                      critical("not-answering", "services/channel-manager-1", "channel-manager"),
                      critical("redis-not-answering", "services/redis-a:1", "redis")};
    mark_consequences(findings);
    EXPECT_EQ(findings[0].severity, Problem::SEVERITY_WARNING);
}

}  // namespace
}  // namespace admin
