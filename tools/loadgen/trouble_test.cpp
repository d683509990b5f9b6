#include "loadgen/trouble.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadgen {
namespace {

using testing::HasSubstr;
using testing::Not;

class TroubleTest : public testing::Test {
  protected:
    TroubleTest() {
        options.pool.host = "pool.example";
        options.pool.port = 3333;
        options.user = "bench";
    }
    Options options{};
    Statistics statistics{base::SteadyTime{}};
};

TEST_F(TroubleTest, NamesCauseAndCure) {
    const struct {
        const char* cause;
        const char* cure;
    } cases[] = {
        {"connect: Connection refused", "pool.example:3333: start the pool"},
        {"handshake: bad-certificate", "copy the key that the pool prints"},
        {"closed by the pool", "--spread-addresses"},
        {"no answer", "may speak another protocol"},
    };
    for (const auto& [cause, cure] : cases) {
        SCOPED_TRACE(cause);
        statistics.not_connected = {{cause, 3}};
        const auto text = trouble_of(statistics, options);
        EXPECT_THAT(text, HasSubstr(std::string{"3 times: "} + cause));
        EXPECT_THAT(text, HasSubstr(cure));
    }
}

TEST_F(TroubleTest, SaysTheMostFrequentOneFirst) {
    statistics.sv2.emplace().channels_refused["unknown-user"] = 5;
    statistics.not_connected["connect: Connection refused"] = 9;
    statistics.odd["something else"] = 1;
    const auto text = trouble_of(statistics, options);
    EXPECT_LT(text.find("9 times"), text.find("5 times"));
    EXPECT_LT(text.find("5 times"), text.find("1 times"));
    EXPECT_THAT(text, HasSubstr("a channel was refused: unknown-user; the pool does not know the "
                                "user bench.1"));
}

TEST_F(TroubleTest, APoolThatOnlyIsSilentMayHaveNoNode) {
    EXPECT_THAT(trouble_of(statistics, options), HasSubstr("look at its node"));
    EXPECT_THAT(trouble_of(statistics, options), Not(HasSubstr("times")));
}

}  // namespace
}  // namespace loadgen
