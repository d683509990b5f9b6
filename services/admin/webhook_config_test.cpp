#include "admin/webhook_config.h"

#include <gmock/gmock.h>

namespace admin {
namespace {

TEST(WebhookUrl, IsReadAsReceiversWriteIt) {
    const struct {
        const char* text;
        bool is_https;
        const char *host, *port, *target, *authority;
    } cases[] = {
        {"https://example.org/hook?a=b#c", true, "example.org", "443", "/hook?a=b", "example.org"},
        {"https://example.org", true, "example.org", "443", "/", "example.org"},
        {"https://example.org?a", true, "example.org", "443", "/?a", "example.org"},
        {"http://127.0.0.1:8080/x", false, "127.0.0.1", "8080", "/x", "127.0.0.1:8080"},
        {"https://[::1]:8443/x", true, "::1", "8443", "/x", "[::1]:8443"},
    };
    for (const auto& [text, is_https, host, port, target, authority] : cases) {
        SCOPED_TRACE(text);
        const auto url = parse_webhook_url(text);
        ASSERT_TRUE(url);
        EXPECT_EQ(url->is_https, is_https);
        EXPECT_EQ(url->host, host);
        EXPECT_EQ(url->port, port);
        EXPECT_EQ(url->target, target);
        EXPECT_EQ(url->authority(), authority);
    }
}

TEST(WebhookUrl, RefusesWhatItDoesNotMean) {
    for (const auto* text : {"", "example.org", "ftp://example.org/", "https://", "https:///x",
                             "https://user:secret@example.org/", "https://example.org:0/",
                             "https://example.org:http/", "https://a b/", "https://[::1/"})
        EXPECT_FALSE(parse_webhook_url(text)) << text;
}

}  // namespace
}  // namespace admin
