#include "template/node_advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace templates {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Kind = NodeError::Kind;

const NodeUrl url{.host = "10.0.0.5", .port = 8332};

TEST(Advise, NamesCauseAndCure) {
    const struct {
        NodeError error;
        const char* cause;
        const char* cure;
    } cases[] = {
        {{Kind::no_connection, 0, "Connection refused"},
         "nobody listens at http://10.0.0.5:8332/ (Connection refused)",
         "server=1"},
        {{Kind::no_answer, 0, "end of stream"},
         "does not answer getblocktemplate",
         "the port of its peers"},
        {{Kind::no_rpc, 404, "HTTP status 404"}, "no node's JSON-RPC", "rpcport"},
        {{Kind::busy, 503, "HTTP status 503"}, "too busy", "rpcworkqueue"},
        {{Kind::unauthorised, 401, "HTTP status 401"}, "refuses our credentials", "cookie_file"},
        {{Kind::forbidden, 403, "HTTP status 403"}, "does not let us call", "rpcallowip"},
        {{Kind::refused, -9, "Bitcoin Core is not connected!"},
         "no peers, so its tip may be old (Bitcoin Core is not connected!)",
         "addnode"},
        {{Kind::refused, -10, "is in initial sync"}, "initial block download", "caught up"},
        {{Kind::refused, -28, "Loading block index…"},
         "is starting (Loading block index…)",
         "when it is done"},
        {{Kind::refused, -32601, "Method not found"}, "has no getblocktemplate", "full node"},
        {{Kind::refused, -1, "out of memory"}, "getblocktemplate: out of memory (-1)", ""},
    };
    for (const auto& [error, cause, cure] : cases)
        EXPECT_THAT(advise("getblocktemplate", error, url),
                    AllOf(HasSubstr(cause), HasSubstr(cure)));
}

TEST(CureOfRefusal, IsKnownForWhatAnOperatorCanMend) {
    EXPECT_THAT(std::string{cure_of_refusal("bad-blk-weight")}, HasSubstr("blockreservedweight"));
    EXPECT_THAT(std::string{cure_of_refusal("bad-cb-amount")}, HasSubstr("network"));
    EXPECT_EQ(cure_of_refusal("high-hash"), "");
}

TEST(ToText, WritesAddressesAsUrls) {
    EXPECT_EQ(to_text(url), "http://10.0.0.5:8332/");
    EXPECT_EQ(to_text({.host = "::1", .port = 1, .path = "/x"}), "http://[::1]:1/x");
}

}  // namespace
}  // namespace templates
