#include "service/own_address.h"

#include <gmock/gmock.h>

namespace service {
namespace {

TEST(OwnAddress, ListsTheLoopback) {
    EXPECT_THAT(interface_addresses(), testing::Contains("127.0.0.1"));
}

TEST(OwnAddress, KnowsItselfByWhereItListens) {
    const std::vector<std::string> own{"127.0.0.1", "10.0.0.7"};
    const struct {
        const char* when;
        Endpoint listen;
        Endpoint address;
        bool is_itself;
    } cases[] = {
        {"the same", {"10.0.0.8", 7}, {"10.0.0.8", 7}, true},
        {"another port", {"127.0.0.1", 7}, {"127.0.0.1", 8}, false},
        {"another machine's", {"0.0.0.0", 7}, {"10.0.0.8", 7}, false},
        {"open, by an own address", {"0.0.0.0", 7}, {"10.0.0.7", 7}, true},
        {"open, of both families", {"::", 7}, {"10.0.0.7", 7}, true},
        {"open, another port", {"0.0.0.0", 7}, {"10.0.0.7", 8}, false},
        {"not open, by another own address", {"127.0.0.1", 7}, {"10.0.0.7", 7}, false},
    };
    for (const auto& [when, listen, address, is_itself] : cases) {
        SCOPED_TRACE(when);
        EXPECT_EQ(reaches_itself(listen, address, own), is_itself);
    }
}

}  // namespace
}  // namespace service
