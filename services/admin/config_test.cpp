#include "admin/config.h"

#include <gmock/gmock.h>

namespace admin {
namespace {

TEST(AdminConfig, ReadsWhomToAsk) {
    const auto config = read_config(service::ConfigReader::from_text(R"(
[redis]
address = "127.0.0.1:6379"
[pool]
partitions = 16
[fleet]
gateways = ["10.0.0.1:24270", "gateways.pool:24270"]
templates = ["[::1]:24252"]
[api]
insecure_loopback = true
)"));
    EXPECT_THAT(config.fleet.gateways,
                testing::ElementsAre(service::Endpoint{"10.0.0.1", 24270},
                                     service::Endpoint{"gateways.pool", 24270}));
    EXPECT_THAT(config.fleet.templates, testing::ElementsAre(service::Endpoint{"::1", 24252}));
    EXPECT_THAT(config.fleet.vardiffs, testing::IsEmpty());
}

}  // namespace
}  // namespace admin
