#include "noise/url.h"

#include <gtest/gtest.h>

namespace noise {
namespace {

const std::string key = "9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh";

TEST(PoolUrl, C051_IsTakenApart) {
    const struct {
        std::string text;
        const char* host;
        std::uint16_t port;
        AuthorityKeyForm form;
    } cases[] = {
        {"stratum2+tcp://thepool.com:34254/" + key, "thepool.com", 34254,
         AuthorityKeyForm::versioned},
        {"stratum2+tcp://127.0.0.1:1/" + key, "127.0.0.1", 1, AuthorityKeyForm::versioned},
        {"stratum2+tcp://[2001:db8::1]:65535/" + key, "2001:db8::1", 65535,
         AuthorityKeyForm::versioned},
        {"stratum2+tcp://pool:3333/u95GEReVMjK6k5YqiSFNqqTnKU4ypU2Wm8awa6tmbmDmk1bWt", "pool", 3333,
         AuthorityKeyForm::legacy},
    };
    for (const auto& [text, host, port, form] : cases) {
        SCOPED_TRACE(text);
        const auto url = parse_pool_url(text);
        ASSERT_TRUE(url.has_value());
        EXPECT_EQ(url->host, host);
        EXPECT_EQ(url->port, port);
        EXPECT_EQ(url->authority.form, form);
        EXPECT_EQ(authority_key_text(url->authority.key), key);
    }
}

TEST(PoolUrl, C051_IsRefusedWhenAPartIsMissingOrMalformed) {
    const struct {
        std::string text;
        UrlError refused;
    } cases[] = {
        {"", UrlError::wrong_scheme},
        {"pool:3333/" + key, UrlError::wrong_scheme},
        {"stratum+tcp://pool:3333/" + key, UrlError::wrong_scheme},
        {"STRATUM2+TCP://pool:3333/" + key, UrlError::wrong_scheme},
        {"stratum2+tcp://", UrlError::bad_host},
        {"stratum2+tcp://:3333/" + key, UrlError::bad_host},
        {"stratum2+tcp://user@pool:3333/" + key, UrlError::bad_host},
        {"stratum2+tcp://2001:db8::1:3333/" + key, UrlError::bad_host},
        {"stratum2+tcp://[2001:db8::1:3333/" + key, UrlError::bad_host},
        {"stratum2+tcp://[pool]:3333/" + key, UrlError::bad_host},
        {"stratum2+tcp://" + std::string(254, 'a') + ":3333/" + key, UrlError::bad_host},
        {"stratum2+tcp://pool/" + key, UrlError::bad_port},
        {"stratum2+tcp://pool:/" + key, UrlError::bad_port},
        {"stratum2+tcp://pool:0/" + key, UrlError::bad_port},
        {"stratum2+tcp://pool:65536/" + key, UrlError::bad_port},
        {"stratum2+tcp://pool:-1/" + key, UrlError::bad_port},
        {"stratum2+tcp://pool:33x/" + key, UrlError::bad_port},
        {"stratum2+tcp://[::1]3333/" + key, UrlError::bad_port},
        {"stratum2+tcp://pool:3333", UrlError::missing_key},
        {"stratum2+tcp://pool:3333/", UrlError::missing_key},
        {"stratum2+tcp://pool:3333/" + key + "/", UrlError::bad_key},
        {"stratum2+tcp://pool:3333/" + key + "?x", UrlError::bad_key},
        {"stratum2+tcp://pool:3333/" + key.substr(1), UrlError::bad_key},
    };
    for (const auto& [text, refused] : cases) {
        SCOPED_TRACE(text);
        const auto url = parse_pool_url(text);
        ASSERT_FALSE(url.has_value());
        EXPECT_EQ(url.error(), refused);
        EXPECT_FALSE(error_text(refused).empty());
    }
}

}  // namespace
}  // namespace noise
