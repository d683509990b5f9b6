#include "gateway/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gateway {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* least = R"(
    [listen]
    address = "0.0.0.0:24250"
    PROXIES
    [noise]
    key_file = "gateway.key"
    certificate_file = "gateway.cert"
    [bus]
    listen = "0.0.0.0:24251"
    [templates]
    replicas = ["template:24252"]
    [limits]
)";

/// The least that a gateway must be told, with `proxies` in [listen] and `limits` in [limits].
Config read(const std::string& limits, const std::string& proxies = "") {
    std::string text{least};
    text.replace(text.find("PROXIES"), 7, proxies);
    auto reader = service::ConfigReader::from_text(text + limits);
    return read_config(reader);
}
std::string problems(const std::string& limits, const std::string& proxies = "") {
    try {
        read(limits, proxies);
    } catch (const service::ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(GatewayConfig, AStopTakesAtMostNoticeSpreadAndGrace) {
    EXPECT_EQ(read("").chassis.stop_max, 20s);
    const auto config = read("[drain]\nnotice = \"5s\"\nspread = \"30s\"\ngrace = \"8s\"\n");
    EXPECT_EQ(config.chassis.stop_max, 43s);
    EXPECT_EQ(config.drain.notice, 5s);
    EXPECT_EQ(config.drain.answers_max(), 1s) << "the rest is for asking and for ending";
    EXPECT_THAT(problems("[drain]\ngrace = \"7s\"\n"), HasSubstr("drain.grace: "));
}

TEST(GatewayConfig, HasTheLimitsOfItsPageByDefault) {
    const auto limits = read("").limits;
    EXPECT_EQ(limits.connections_per_address_max, sv2::limits::connections_per_address_max);
    EXPECT_EQ(limits.frame_payload_max, sv2::limits::payload_from_miner_max);
    EXPECT_EQ(limits.memory_max, sv2::limits::memory_per_connection_max);
    EXPECT_EQ(limits.session.channels_max, sv2::limits::channels_per_connection_max);
    EXPECT_EQ(limits.deadlines.handshake_deadline, sv2::limits::handshake_deadline);
    EXPECT_TRUE(limits.proxies.empty()) << "nobody's PROXY header is believed";
}

TEST(GatewayConfig, EveryLimitIsASetting) {
    const auto limits = read(R"(
        connections = 1
        connections_per_address = 2
        handshakes = 3
        channels_per_connection = 4
        pending_opens_per_connection = 5
        stray_frames_per_connection = 6
        requested_extensions = 7
        requests_per_second = 9
        requests_burst = 10
        frame_bytes = 2048
        send_queue_bytes = 65536
        send_queue_bytes_per_channel = 8
        memory_per_connection_bytes = 1000000
        handshake_deadline = "1s"
        setup_deadline = "2s"
        first_channel_deadline = "3s"
        frame_deadline = "4s"
        write_stall_deadline = "5s"
    )")
                            .limits;
    EXPECT_EQ(limits.connections_max, 1U);
    EXPECT_EQ(limits.connections_per_address_max, 2U);
    EXPECT_EQ(limits.handshakes_max, 3U);
    EXPECT_EQ(limits.session.channels_max, 4U);
    EXPECT_EQ(limits.session.pending_opens_max, 5U);
    EXPECT_EQ(limits.session.anomalies_max, 6U);
    EXPECT_EQ(limits.session.requested_extensions_max, 7U);
    EXPECT_EQ(limits.requests.per_second, 9U);
    EXPECT_EQ(limits.requests.burst, 10U);
    EXPECT_EQ(limits.frame_payload_max, 2048U);
    EXPECT_EQ(limits.output.connection, 65536U);
    EXPECT_EQ(limits.output.channel, 8U);
    EXPECT_EQ(limits.memory_max, 1'000'000U);
    EXPECT_EQ(limits.deadlines.handshake_deadline, 1s);
    EXPECT_EQ(limits.deadlines.setup_deadline, 2s);
    EXPECT_EQ(limits.deadlines.first_channel_deadline, 3s);
    EXPECT_EQ(limits.deadlines.frame_deadline, 4s);
    EXPECT_EQ(limits.deadlines.write_stall_deadline, 5s);
}

TEST(GatewayConfig, NamesWhatIsNoLimit) {
    EXPECT_THAT(problems("handshakes = 0"), HasSubstr("limits.handshakes"));
    EXPECT_THAT(problems("frame_bytes = 16777216"), HasSubstr("limits.frame_bytes"));
    EXPECT_THAT(problems("frame_deadline = 30"), HasSubstr("limits.frame_deadline"));
    EXPECT_THAT(problems("frames = 1"), HasSubstr("limits.frames"));
}

TEST(GatewayConfig, BelievesTheProxiesThatItNames) {
    const auto proxies = read("", R"(proxy_protocol_from = ["10.0.0.0/8", "::1"])").limits.proxies;
    ASSERT_EQ(proxies.size(), 2U);
    EXPECT_EQ(base::to_string(proxies[0]), "10.0.0.0/8");
    EXPECT_THAT(problems("", R"(proxy_protocol_from = ["balancer"])"),
                HasSubstr("listen.proxy_protocol_from"));
}

}  // namespace
}  // namespace gateway
