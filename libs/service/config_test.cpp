#include "service/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace service {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> problems(std::string_view text,
                                  const std::function<void(TableReader)>& read) {
    auto reader = ConfigReader::from_text(text, "gateway.toml", "/etc/adit");
    read(reader.root());
    try {
        reader.finish();
    } catch (const ConfigError& error) {
        return error.problems();
    }
    return {};
}

TEST(ConfigReader, ReadsEveryKindOfValue) {
    auto reader = ConfigReader::from_text(R"(
        name = "gw"
        enabled = false
        ratio = 0.5
        count = 7
        hosts = ["a:1", "b:2"]
        mode = "fast"
        [listen]
        address = "0.0.0.0:3336"
        key_file = "keys/authority.pub"
        absolute = "/run/x"
        idle = "90s"
        [[upstream]]
        host = "x"
        [[upstream]]
        host = "y"
    )",
                                          "gateway.toml", "/etc/adit");
    auto root = reader.root();
    EXPECT_EQ(root.required_string("name"), "gw");
    EXPECT_FALSE(root.bool_or("enabled", true));
    EXPECT_EQ(root.number_in_range("ratio", 0.1, 0, 1), 0.5);
    EXPECT_EQ(root.integer_in_range<std::uint16_t>("count", 1, 1, 7), 7);
    EXPECT_THAT(root.endpoints("hosts"), ElementsAre(Endpoint{"a", 1}, Endpoint{"b", 2}));
    EXPECT_EQ(root.one_of<int>("mode", "slow", {{"slow", 1}, {"fast", 2}}), 2);
    auto listen = root.table("listen");
    EXPECT_EQ(listen.endpoint("address"), (Endpoint{"0.0.0.0", 3336}));
    EXPECT_EQ(listen.path("key_file"), "/etc/adit/keys/authority.pub");
    EXPECT_EQ(root.table("listen").path("absolute"), "/run/x");
    EXPECT_EQ(listen.duration_or("idle", 1s), 90s);
    auto upstreams = root.tables("upstream");
    ASSERT_EQ(upstreams.size(), 2U);
    EXPECT_EQ(upstreams[1].required_string("host"), "y");
    EXPECT_EQ(upstreams[0].required_string("host"), "x");
    EXPECT_NO_THROW(reader.finish());
}

TEST(ConfigReader, FallsBackWhereTheFileSaysNothing) {
    EXPECT_THAT(problems("",
                         [](TableReader root) {
                             auto listen = root.table("listen");
                             EXPECT_EQ(listen.string_or("a", "b"), "b");
                             EXPECT_EQ(listen.duration_or("c", 3s), 3s);
                             EXPECT_EQ(listen.integer_in_range("d", 4, 0, 9), 4);
                             EXPECT_EQ(listen.endpoint_or("e", {"h", 1}), (Endpoint{"h", 1}));
                             EXPECT_EQ(listen.optional_path("f"), std::nullopt);
                             EXPECT_TRUE(listen.strings("g").empty());
                             EXPECT_TRUE(root.tables("h").empty());
                         }),
                ElementsAre());
}

TEST(ConfigReader, SaysWhatIsWrongAndWhatIsExpected) {
    const struct {
        const char* text;
        std::function<void(TableReader)> read;
        const char* said;
    } cases[] = {
        {"[listen]\naddress = \"foo\"",
         [](TableReader root) { root.table("listen").endpoint("address"); },
         "gateway.toml: listen.address: \"foo\" is not host:port, e.g. \"0.0.0.0:3336\""},
        {"", [](TableReader root) { root.table("listen").endpoint("address"); },
         "gateway.toml: listen.address: is missing, expected host:port, e.g. \"0.0.0.0:3336\""},
        {"idle = 5", [](TableReader root) { root.duration_or("idle", 1s); },
         "gateway.toml: idle: missing unit, expected a duration such as \"500ms\", \"10s\" or "
         "\"24h\""},
        {"idle = \"5\"", [](TableReader root) { root.duration_or("idle", 1s); },
         "gateway.toml: idle: \"5\" is missing its unit, expected a duration such as \"500ms\", "
         "\"10s\" or \"24h\""},
        {"idle = \"2s\"", [](TableReader root) { root.duration_or("idle", 1s, 1s, 1500ms); },
         "gateway.toml: idle: \"2s\" is out of range, expected 1000ms to 1500ms"},
        {"n = 10", [](TableReader root) { root.integer_in_range("n", 1, 0, 9); },
         "gateway.toml: n: 10 is out of range, expected an integer from 0 to 9"},
        {"n = 1.5", [](TableReader root) { root.integer_in_range("n", 1, 0, 9); },
         "gateway.toml: n: is a number, expected an integer from 0 to 9"},
        {"", [](TableReader root) { root.required_integer("n", 0, 9); },
         "gateway.toml: n: is missing, expected an integer from 0 to 9"},
        {"r = nan", [](TableReader root) { root.number_in_range("r", 0.5, 0, 1); },
         "gateway.toml: r: nan is not within 0 to 1"},
        {"s = 1", [](TableReader root) { root.required_string("s"); },
         "gateway.toml: s: is an integer, expected a string"},
        {"", [](TableReader root) { root.path("key_file"); },
         "gateway.toml: key_file: is missing, expected a path"},
        {"key_file = \"\"", [](TableReader root) { root.path("key_file"); },
         "gateway.toml: key_file: is empty, expected a path"},
        {"mode = \"x\"",
         [](TableReader root) {
             root.one_of<int>("mode", "a", {{"a", 1}, {"b", 2}});
         },
         "gateway.toml: mode: \"x\" is not one of: a, b"},
        {"listen = 1", [](TableReader root) { root.table("listen"); },
         "gateway.toml: listen: is an integer, expected a table [listen]"},
        {"hosts = [\"a:1\", \"b\"]", [](TableReader root) { root.endpoints("hosts"); },
         "gateway.toml: hosts: \"b\" is not host:port, e.g. \"0.0.0.0:3336\""},
    };
    for (const auto& [text, read, said] : cases) {
        SCOPED_TRACE(text);
        EXPECT_THAT(problems(text, read), ElementsAre(said));
    }
}

TEST(ConfigReader, NamesUnknownKeysInFullAndSuggestsTheNearest) {
    const auto read = [](TableReader root) {
        auto listen = root.table("listen");
        listen.string_or("address", "");
        listen.string_or("grpc", "");
        for (auto& upstream : root.tables("upstream")) upstream.string_or("host", "");
    };
    EXPECT_THAT(problems("[listen]\nadress = \"x\"", read),
                ElementsAre("gateway.toml: listen.adress: unknown key; did you mean \"address\"?"));
    EXPECT_THAT(problems("[listen]\nsomething_else = 1", read),
                ElementsAre("gateway.toml: listen.something_else: unknown key; expected one of: "
                            "address, grpc"));
    EXPECT_THAT(problems("[[upstream]]\nhost = \"a\"\n[[upstream]]\nhots = \"b\"", read),
                ElementsAre("gateway.toml: upstream[1].hots: unknown key; did you mean \"host\"?"));
    EXPECT_THAT(problems("[log]\nlevel = \"x\"", read),
                ElementsAre(HasSubstr("gateway.toml: log: unknown key")));
}

TEST(ConfigReader, ShowsAllProblemsOfOneStart) {
    EXPECT_EQ(problems("a = 1\nb = 2\nc = 3",
                       [](TableReader root) {
                           root.required_string("a");
                           root.required_string("b");
                           root.problem("a", "does not go with b");
                       })
                  .size(),
              4U);
}

TEST(ConfigReader, SaysWhichLineIsNotToml) {
    try {
        ConfigReader::from_text("a = 1\nb = = 2", "gateway.toml");
        FAIL() << "accepted";
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr("gateway.toml:2: not TOML: "));
    }
}

TEST(ConfigReader, SaysThatAFileIsMissing) {
    try {
        ConfigReader{std::filesystem::path{"/nonexistent/gateway.toml"}};
        FAIL() << "accepted";
    } catch (const ConfigError& error) {
        EXPECT_STREQ(error.what(),
                     "/nonexistent/gateway.toml: cannot be read: No such file or directory");
    }
}

TEST(ConfigReader, TakesNoFolderForAnEmptyFile) {
    try {
        ConfigReader{std::filesystem::path{"/"}};
        FAIL() << "accepted";
    } catch (const ConfigError& error) {
        EXPECT_STREQ(error.what(), "/: cannot be read: is a folder");
    }
}

TEST(ParseDuration, WantsAWholeCountAndAUnit) {
    EXPECT_EQ(parse_duration("0ms"), 0ms);
    EXPECT_EQ(parse_duration("500ms"), 500ms);
    EXPECT_EQ(parse_duration("3m"), 3min);
    EXPECT_EQ(parse_duration("24h"), 24h);
    EXPECT_EQ(parse_duration("7d"), 168h);
    for (const char* text : {"", "s", "5", "5 s", "-5s", "1.5s", "5sec", "99999999999999999999s",
                             "9223372036854775807d"})
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

}  // namespace
}  // namespace service
