#include "admin/api_config.h"

#include <gmock/gmock.h>

namespace admin {
namespace {

using ::testing::HasSubstr;

ApiConfig read(const std::string& text) {
    auto reader = service::ConfigReader::from_text(text);
    auto config = read_api_config(reader.root().table("api"));
    reader.finish();
    return config;
}

constexpr const char* tls = R"(
[api.tls]
certificate_file = "api.pem"
key_file = "api.key"
client_ca_file = "operators.pem"
)";

TEST(ApiConfig, ReadsWhoMayDoWhat) {
    const auto config = read(std::string{R"(
[api]
listen = "0.0.0.0:443"
)"} + tls + R"(
[[api.roles]]
certificate = "alice"
role = "operator"
[[api.roles]]
certificate = "*"
role = "viewer"
)");
    ASSERT_TRUE(config.tls);
    EXPECT_EQ(config.tls->client_ca_file.filename(), "operators.pem");
    ASSERT_EQ(config.roles.size(), 2U);
    EXPECT_EQ(config.roles[0].certificate, "alice");
    EXPECT_EQ(config.roles[0].role, Role::operating);
    EXPECT_EQ(config.roles[1].role, Role::viewer);
}

TEST(ApiConfig, IsOpenOnLoopbackWhereThatIsAskedFor) {
    for (const char* listen : {"127.0.0.1:1", "127.3.4.5:1", "[::1]:1", "localhost:1"}) {
        const auto config =
            read("[api]\ninsecure_loopback = true\nlisten = \"" + std::string{listen} + "\"\n");
        EXPECT_FALSE(config.tls) << listen;
    }
}

TEST(ApiConfig, RefusesWhatWouldLeaveTheDoorOpen) {
    const std::string roles = "[[api.roles]]\ncertificate = \"a\"\nrole = \"viewer\"\n";
    const struct {
        const char* what;
        std::string text;
        const char* complaint;
    } cases[] = {
        {"nothing said", "", "say insecure_loopback = true"},
        {"open to others", "[api]\nlisten = \"10.0.0.1:24280\"\ninsecure_loopback = true\n",
         "is required to listen on 10.0.0.1:24280"},
        {"open to all", "[api]\nlisten = \"0.0.0.0:24280\"\ninsecure_loopback = true\n",
         "api.tls.certificate_file"},
        {"by a name that anybody may give",
         "[api]\nlisten = \"pool:1\"\ninsecure_loopback = true\n", "which others can reach"},
        {"both", std::string{"[api]\ninsecure_loopback = true\n"} + tls + roles, "take it or"},
        {"nobody may call", tls, "nobody may call"},
        {"no authority", "[api.tls]\ncertificate_file = \"a\"\nkey_file = \"b\"\n" + roles,
         "go together"},
        {"roles without certificates", "[api]\ninsecure_loopback = true\n" + roles,
         "which need api.tls"},
        {"no such role", tls + std::string{"[[api.roles]]\ncertificate = \"a\"\nrole = \"root\"\n"},
         "viewer"},
        {"a role twice", tls + roles + roles, "has a role already"},
        {"a role for nobody", tls + std::string{"[[api.roles]]\nrole = \"viewer\"\n"},
         "api.roles[0].certificate"},
    };
    for (const auto& [what, text, complaint] : cases) {
        SCOPED_TRACE(what);
        try {
            (void)read(text);
            ADD_FAILURE() << "was taken";
        } catch (const service::ConfigError& error) {
            EXPECT_THAT(error.what(), HasSubstr(complaint));
        }
    }
}

}  // namespace
}  // namespace admin
