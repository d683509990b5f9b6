#include "service/chassis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace service {
namespace {

using ::testing::HasSubstr;

const ChassisConfig any_ports{.grpc = {"127.0.0.1", 0}, .http = {"127.0.0.1", 0}};

TEST(ReadChassisConfig, ListensOnLoopbackUnlessTold) {
    auto reader = ConfigReader::from_text("[listen]\ngrpc = \"0.0.0.0:7\"");
    const auto config = read_chassis_config(reader.root(), 4001, 9101);
    EXPECT_NO_THROW(reader.finish());
    EXPECT_EQ(config.grpc, (Endpoint{"0.0.0.0", 7}));
    EXPECT_EQ(config.http, (Endpoint{"127.0.0.1", 9101}));
}

TEST(ReadChassisConfig, TakesANameThatCanStandInOthers) {
    const auto name_of = [](const std::string& text) {
        auto reader = ConfigReader::from_text("[service]\nname = \"" + text + "\"");
        const auto config = read_chassis_config(reader.root(), 4001, 9101);
        reader.finish();
        return config.name;
    };
    EXPECT_EQ(name_of("gateway-eu.1"), "gateway-eu.1");
    for (const char* text : {"", "a b", "a/b", "\u00e4"})
        EXPECT_THAT([&] { name_of(text); },
                    testing::ThrowsMessage<ConfigError>(HasSubstr("service.name")));
}

TEST(Chassis, IsKnownByItsNameElseByWhereItListens) {
    base::SystemClock clock;
    auto config = any_ports;
    config.name = "gateway-1";
    EXPECT_EQ((Chassis{"gateway", config, clock}.identity().instance), "gateway-1");
    config.name.clear();
    config.grpc.port = 4001;
    EXPECT_THAT((Chassis{"gateway", config, clock}.identity().instance),
                testing::EndsWith(":4001"));
    EXPECT_THAT((Chassis{"gateway", any_ports, clock}.identity().instance), HasSubstr(":pid-"));
}

TEST(Chassis, ServesUntilASignalAndEndsByItself) {
    base::SystemClock clock;
    Chassis chassis{"gateway", any_ports, clock};
    bool was_serving = false;
    chassis.loop().post([&] {
        was_serving = chassis.grpc_port() != 0 && chassis.health().is_ready();
        std::raise(SIGTERM);
    });
    chassis.run({});
    EXPECT_TRUE(was_serving);
    EXPECT_EQ(chassis.health().reason(), "process: stopping");
    EXPECT_THAT(chassis.metrics().text(), HasSubstr("adit_ready 0\n"));
}

TEST(Chassis, KeepsTurningUntilItIsDrained) {
    base::SystemClock clock;
    Chassis chassis{"gateway", any_ports, clock};
    int turns = 0;
    std::function<void()> work = [&] {
        if (++turns < 10) return chassis.loop().post(work);
        chassis.drained();
        chassis.drained();
    };
    chassis.loop().post([&] {
        chassis.stop("test");
        chassis.stop("test");
    });
    chassis.run({}, [&] { chassis.loop().post(work); });
    EXPECT_EQ(turns, 10);
}

TEST(Chassis, ASecondSignalHurriesADrainThatCanBe) {
    base::SystemClock clock;
    Chassis chassis{"gateway", any_ports, clock};
    bool was_hurried = false;
    chassis.loop().post([] { std::raise(SIGTERM); });
    chassis.run(
        {}, [] { std::raise(SIGTERM); },
        [&] {
            was_hurried = true;
            chassis.drained();
        });
    EXPECT_TRUE(was_hurried);
}

TEST(Chassis, ADrainThatDoesNotEndIsEndedInTime) {
    base::SystemClock clock;
    auto config = any_ports;
    config.stop_max = Chassis::closing_max + std::chrono::milliseconds{300};
    Chassis chassis{"gateway", config, clock};
    base::SteadyTime asked_at{};
    chassis.loop().post([&] {
        asked_at = clock.steady_now();
        chassis.stop("test");
    });
    chassis.run({}, [] {});
    EXPECT_GE(clock.steady_now() - asked_at, std::chrono::milliseconds{300});
    EXPECT_LT(clock.steady_now() - asked_at, config.stop_max);
}

TEST(Chassis, RefusesToRunOnATakenPort) {
    base::SystemClock clock;
    Chassis first{"gateway", any_ports, clock};
    auto config = any_ports;
    config.grpc.port = first.http().port();
    Chassis second{"gateway", config, clock};
    EXPECT_THAT([&] { second.run({}); },
                testing::ThrowsMessage<std::runtime_error>(HasSubstr("(listen.grpc)")));
}

}  // namespace
}  // namespace service
