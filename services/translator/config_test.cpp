#include "translator/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace translator {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::string url =
    "url = "
    "\"stratum2+tcp://pool.example:24250/9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh\"\n";
const std::string plain = "[listen]\naddress = \"127.0.0.1:3333\"\n[[pools]]\n" + url;

Config read(const std::string& text) {
    auto reader = service::ConfigReader::from_text(text);
    return read_config(reader);
}

std::string problem_of(const std::string& text) {
    try {
        read(text);
    } catch (const service::ConfigError& error) {
        return error.what();
    }
    return "none";
}

TEST(TranslatorConfig, AFarmNeedsAnAddressAndAPool) {
    const auto config = read(plain);
    EXPECT_EQ(config.mode, Mode::per_miner);
    EXPECT_EQ(config.listen, (service::Endpoint{"127.0.0.1", 3333}));
    EXPECT_FALSE(config.tls_listen);
    ASSERT_EQ(config.pools.pools.size(), 1U);
    EXPECT_EQ(config.pools.pools[0].url.host, "pool.example");
    EXPECT_EQ(config.pools.pools[0].user_identity, "{user}");
    EXPECT_TRUE(config.miners.identity_follows_user);
    EXPECT_EQ(config.miners.prefix_in, PrefixIn::coinbase1);
    EXPECT_EQ(config.chassis.http.port, 24279);
}

TEST(TranslatorConfig, WhereThePrefixGoesFollowsFromWhoThePoolKnows) {
    EXPECT_EQ(read(plain + "user_identity = \"farm\"\n").miners.prefix_in, PrefixIn::extranonce1);
    EXPECT_EQ(read(plain + "user_identity = \"farm.{worker}\"\n").miners.prefix_in,
              PrefixIn::coinbase1);
    EXPECT_EQ(read(plain + "user_identity = \"farm\"\n[extranonce]\nprefix_in = \"coinbase1\"\n")
                  .miners.prefix_in,
              PrefixIn::coinbase1);
    const auto aggregated = read("mode = \"aggregated\"\n" + plain + "user_identity = \"farm\"\n");
    EXPECT_EQ(aggregated.miners.prefix_in, PrefixIn::extranonce1);
    EXPECT_FALSE(aggregated.miners.identity_follows_user);
}

TEST(TranslatorConfig, SaysWhatIsWrongAndWhatWouldBeRight) {
    const struct {
        std::string text;
        const char* problem;
    } cases[] = {
        {"[[pools]]\n" + url, "listen.address: is missing"},
        {"[listen]\naddress = \"127.0.0.1:1\"\n", "pools: is missing, expected a table [[pools]]"},
        {"[listen]\naddress = \"127.0.0.1:1\"\n[[pools]]\nurl = \"stratum+tcp://a:1\"\n",
         "pools[0].url: \"stratum+tcp://a:1\": "},
        {"[listen]\naddress = \"127.0.0.1:1\"\n[[pools]]\n", "pools[0].url: is missing"},
        {plain + "user_identity = \"{usr}\"\n", "pools[0].user_identity: "},
        {"mode = \"aggregated\"\n" + plain, "pools[0].user_identity: is missing"},
        {"mode = \"aggregated\"\n" + plain + "user_identity = \"{user}\"\n",
         "pools[0].user_identity: names a miner"},
        {"mode = \"both\"\n" + plain, "mode: \"both\" is not one of: "},
        {plain + "[extranonce]\nprefix_in = \"extranonce1\"\n",
         "extranonce.prefix_in: \"extranonce1\" has the channel opened before"},
        {plain + "[extranonce]\nextranonce2_size = 9\n", "extranonce.extranonce2_size: "},
        {plain + "[miners]\nversion_mask = 0xffffffff\n",
         "miners.version_mask: 0xffffffff has bits that no miner may roll"},
        {plain + "[miners]\nkeep_alive = \"90s\"\n", "miners.keep_alive: "},
        {plain + "[miners]\nkeep_alive = 45\n", "miners.keep_alive: missing unit"},
        {plain + "[miners]\nroundin = \"none\"\n", "did you mean \"rounding\"?"},
        {plain + "[tls]\nkey_file = \"a\"\n",
         "tls.key_file: is for listen.tls_address, which is missing"},
        {"[listen]\ntls_address = \"127.0.0.1:1\"\n[[pools]]\n" + url,
         "tls.certificate_file: is missing"},
        {plain + "[limits]\nlines_per_second = 0\n", "limits.lines_per_second: "},
    };
    for (const auto& [text, problem] : cases) {
        SCOPED_TRACE(text);
        EXPECT_THAT(problem_of(text), HasSubstr(problem));
    }
    EXPECT_THAT(problem_of("[listen]\nproxy_protocol_from = [\"ten\"]\naddress = \"[::]:1\"\n"
                           "[[pools]]\n" +
                           url),
                HasSubstr("listen.proxy_protocol_from: holds \"ten\", which is neither"));
}

TEST(TranslatorConfig, AStopTakesAsLongAsMinersAreGiven) {
    const auto config =
        read(plain + "[drain]\nnotice = \"5s\"\nspread = \"30s\"\ngrace = \"10s\"\n");
    EXPECT_EQ(config.chassis.stop_max, 45s);
    EXPECT_EQ(config.drain.answers_max(), 3s) << "the rest is for asking and for ending";
    EXPECT_EQ(read(plain).chassis.stop_max, 20s);
    EXPECT_THAT(problem_of(plain + "[drain]\ngrace = \"7s\"\n"), HasSubstr("drain.grace: "));
}

TEST(TranslatorConfig, SaysWhatItBringsTogether) {
    EXPECT_EQ(describe(read(plain + "user_identity = \"farm\"\n")),
              "miners connect to 127.0.0.1:3333\neach miner has a channel of its own\n"
              "pool pool.example:24250 as \"farm\"\n");
}

}  // namespace
}  // namespace translator
