#include "admin/web_rules.h"

#include <gmock/gmock.h>
#include <zlib.h>

namespace admin {
namespace {

using testing::ElementsAre;

TEST(IsHostOf, TakesOurNamesWithAnyPort) {
    const std::vector<std::string> own{"localhost", "127.0.0.1", "::1", "pool.lan"};
    for (const auto* host : {"localhost", "localhost:24283", "LOCALHOST", "127.0.0.1:1", "[::1]",
                             "[::1]:24283", "pool.lan", "Pool.Lan.:443"})
        EXPECT_TRUE(is_host_of(host, own)) << host;
}

TEST(IsHostOf, RefusesAnyOther) {
    const std::vector<std::string> own{"localhost", "127.0.0.1", "::1", "pool.lan"};
    for (const auto* host : {"", ":80", "evil.example", "localhost.evil.example",
                             "127.0.0.1.nip.io", "127.0.0.2", "[::2]", "[::1", "xpool.lan", "."})
        EXPECT_FALSE(is_host_of(host, own)) << host;
}

TEST(DecodedPath, DecodesEscapesAndRefusesBrokenOnes) {
    EXPECT_EQ(decoded_path("alice%2Frig+1"), "alice/rig+1");
    EXPECT_EQ(decoded_path("%C3%a9"), "\xc3\xa9");
    for (const auto* bad : {"%", "%2", "a%zz", "%00", "%-1"})
        EXPECT_EQ(decoded_path(bad), std::nullopt) << bad;
}

TEST(NamesEtag, FindsItInAList) {
    EXPECT_TRUE(names_etag(R"("a")", R"("a")"));
    EXPECT_TRUE(names_etag(R"("x", W/"a")", R"("a")"));
    EXPECT_TRUE(names_etag("*", R"("a")"));
    EXPECT_FALSE(names_etag("", R"("a")"));
    EXPECT_FALSE(names_etag(R"("ab", "b")", R"("a")"));
}

TEST(AcceptsGzip, ReadsTheList) {
    EXPECT_TRUE(accepts_gzip("gzip, deflate, br, zstd"));
    EXPECT_TRUE(accepts_gzip("br;q=1.0, GZIP;q=0.5"));
    EXPECT_TRUE(accepts_gzip("*"));
    EXPECT_FALSE(accepts_gzip(""));
    EXPECT_FALSE(accepts_gzip("br"));
    EXPECT_FALSE(accepts_gzip("gzip;q=0"));
}

TEST(Gzip, IsUndoneByZlib) {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += "{\"a\":" + std::to_string(i * 7919) + "}";
    for (const auto& whole : {text, std::string{}, std::string{"x"}}) {
        const auto packed = gzip(whole);
        z_stream stream{};
        ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
        std::string in = packed;
        std::string out(whole.size() + 1, '\0');
        stream.next_in = reinterpret_cast<Bytef*>(in.data());
        stream.avail_in = static_cast<uInt>(in.size());
        stream.next_out = reinterpret_cast<Bytef*>(out.data());
        stream.avail_out = static_cast<uInt>(out.size());
        EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
        out.resize(stream.total_out);
        inflateEnd(&stream);
        EXPECT_EQ(out, whole);
    }
    EXPECT_LT(gzip(text).size(), text.size() / 2);
}

TEST(QueryValues, KeepsOrderAndDecodes) {
    EXPECT_THAT(query_values("row=a%2Fb&x=1&row=&row=c+d&rows=no", "row"),
                ElementsAre("a/b", "", "c d"));
}

TEST(ProtectiveHeaders, LetNothingButOurOwnFilesIn) {
    for (const auto& [name, value] : protective_headers()) {
        if (name != "Content-Security-Policy") continue;
        EXPECT_TRUE(value.starts_with("default-src 'none';")) << value;
        EXPECT_EQ(value.find("unsafe"), std::string::npos) << value;
        EXPECT_NE(value.find("frame-ancestors 'none'"), std::string::npos) << value;
        return;
    }
    FAIL() << "no Content-Security-Policy";
}

}  // namespace
}  // namespace admin
