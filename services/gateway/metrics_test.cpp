#include "gateway/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(NewBlockMetrics, TellWhenTheFirstNinetyNineOfAHundredAndTheLastHadTheirJob) {
    const struct {
        int connections;
        const char* p99;
    } cases[] = {{1, "0.001"}, {2, "0.002"}, {100, "0.099"}, {101, "0.1"}, {1000, "0.99"}};
    for (const auto& [connections, p99] : cases) {
        SCOPED_TRACE(connections);
        service::Registry registry{"gateway", "test"};
        NewBlockMetrics metrics{registry};
        for (int i = 1; i <= connections; ++i) metrics.sent(i * 1ms);
        metrics.done();
        const auto text = registry.text();
        EXPECT_THAT(text, HasSubstr("adit_gateway_new_block_first_job_seconds 0.001\n"));
        EXPECT_THAT(text,
                    HasSubstr(std::string{"adit_gateway_new_block_p99_job_seconds "} + p99 + "\n"));
        EXPECT_THAT(text, HasSubstr("adit_gateway_new_block_job_seconds_count " +
                                    std::to_string(connections) + "\n"));
    }
}

TEST(NewBlockMetrics, KeepTheLastTipWhileNobodyMines) {
    service::Registry registry{"gateway", "test"};
    NewBlockMetrics metrics{registry};
    metrics.sent(5ms);
    metrics.done();
    metrics.done();
    EXPECT_THAT(registry.text(), HasSubstr("adit_gateway_new_block_last_job_seconds 0.005\n"));
}

}  // namespace
}  // namespace gateway
