#include "noise/key_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "noise/test_bytes.h"

namespace noise {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A folder of its own for each test, and files in it with the mode that the test says.
class KeyFile : public testing::Test {
  protected:
    KeyFile() {
        auto pattern = testing::TempDir() + "adit-keys-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
    }
    ~KeyFile() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& name, std::string_view text, mode_t mode) const {
        const auto path = folder_ + "/" + name;
        std::ofstream{path} << text;
        ::chmod(path.c_str(), mode);
        return path;
    }
    static IssuedCertificate issued() {
        const auto static_key = test::repeated(0x33).public_key();
        return {sign_certificate(test::repeated(0x44), static_key, {100, 200},
                                 std::array<std::byte, 32>{}),
                static_key,
                {test::repeated(0x44).public_key()}};
    }
    std::string folder_;
};

template <class Call>
std::string complaint(Call call) {
    try {
        call();
    } catch (const KeyFileError& error) {
        return error.what();
    }
    return "no complaint";
}
std::string with(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    if (at == std::string::npos) throw std::invalid_argument{"nothing to replace"};
    return text.replace(at, from.size(), to);
}

TEST_F(KeyFile, GivesAGatewayWhatItNeedsAndNotTheAuthoritysSecret) {
    const auto key_path =
        write("gateway.key", gateway_secret_file(test::repeated(0x33)).view(), 0600);
    const auto certificate_path = write("gateway.cert", certificate_file(issued()), 0644);
    const auto identity = load_gateway_identity(key_path, certificate_path);
    EXPECT_EQ(identity.static_key.public_key(), test::repeated(0x33).public_key());
    EXPECT_EQ(identity.static_encoding, static_encoding(test::repeated(0x33)));
    EXPECT_EQ(identity.certificate, issued().certificate);
    EXPECT_EQ(identity.authority, issued().authority);
}

TEST_F(KeyFile, NamesBothKeysWhenTheCertificateIsForAnother) {
    const auto key_path =
        write("gateway.key", gateway_secret_file(test::repeated(0x32)).view(), 0600);
    const auto certificate_path = write("gateway.cert", certificate_file(issued()), 0644);
    EXPECT_THAT(complaint([&] { load_gateway_identity(key_path, certificate_path); }),
                AllOf(HasSubstr(certificate_path), HasSubstr(key_path),
                      HasSubstr(base::to_hex(test::repeated(0x32).public_key().bytes)),
                      HasSubstr(base::to_hex(test::repeated(0x33).public_key().bytes)),
                      HasSubstr("aditctl keys sign")));
}

TEST_F(KeyFile, IsRefusedWhenASecretIsOpenToOthersAndSaysTheCure) {
    const struct {
        mode_t mode;
        bool refused;
    } cases[] = {{0400, false}, {0600, false}, {0440, false}, {0640, false},
                 {0644, true},  {0604, true},  {0660, true},  {0620, true},
                 {0602, true},  {0601, true},  {0777, true}};
    for (const auto& [mode, refused] : cases) {
        SCOPED_TRACE(mode);
        const auto path = write("secret", gateway_secret_file(test::repeated(0x33)).view(), mode);
        const auto said = complaint([&] { read_secret_file(path); });
        if (refused) {
            EXPECT_THAT(said, AllOf(HasSubstr(path), HasSubstr("chmod 600 " + path),
                                    HasSubstr(fmt::format("mode {:04o}", mode))));
        } else {
            EXPECT_EQ(said, "no complaint");
        }
        std::filesystem::remove(path);
    }
}

TEST_F(KeyFile, IsRefusedWhenItIsMissingNotAFileOrTooLarge) {
    EXPECT_THAT(complaint([&] { read_secret_file(folder_ + "/none"); }),
                AllOf(HasSubstr(folder_ + "/none"), HasSubstr("No such file")));
    EXPECT_THAT(complaint([&] { read_public_file(folder_); }), HasSubstr("is not a file"));
    ::mkfifo((folder_ + "/pipe").c_str(), 0600);
    EXPECT_THAT(complaint([&] { read_secret_file(folder_ + "/pipe"); }),
                HasSubstr("is not a file"));
    EXPECT_EQ(read_public_file(write("full", std::string(8192, '#'), 0644)).size(), 8192U);
    EXPECT_THAT(complaint([&] { read_public_file(write("large", std::string(8193, '#'), 0644)); }),
                HasSubstr("too large"));
}

TEST_F(KeyFile, NamesThePathOfAFileThatDoesNotParse) {
    const auto key_path =
        write("gateway.key", authority_secret_file(test::repeated(0x44)).view(), 0600);
    const auto certificate_path = write("gateway.cert", certificate_file(issued()), 0644);
    EXPECT_THAT(complaint([&] { load_gateway_identity(key_path, certificate_path); }),
                AllOf(HasSubstr(key_path),
                      HasSubstr("of kind authority-secret-key, not gateway-secret-key")));
}

TEST(KeyText, ReadsBackWhatItWrites) {
    const auto key = test::repeated(0x44);
    const auto secret = parse_authority_secret_file(authority_secret_file(key).view());
    EXPECT_TRUE(std::ranges::equal(secret.bytes(), key.bytes()));
    const auto gateway = parse_gateway_secret_file(gateway_secret_file(key).view());
    EXPECT_TRUE(std::ranges::equal(gateway.bytes(), key.bytes()));
    const AuthorityPublicKey authority{key.public_key()};
    EXPECT_EQ(parse_authority_public_file(authority_public_file(authority)), authority);
    const auto static_key = test::repeated(0x33).public_key();
    const IssuedCertificate issued{
        sign_certificate(key, static_key, {1, 0xffffffff}, std::array<std::byte, 32>{}), static_key,
        authority};
    const auto read = parse_certificate_file(certificate_file(issued));
    EXPECT_EQ(read.certificate, issued.certificate);
    EXPECT_EQ(read.static_key, issued.static_key);
    EXPECT_EQ(read.authority, issued.authority);
}

TEST(KeyText, RefusesAFileThatIsNotInOrderAndNamesThePlace) {
    const auto static_key = test::repeated(0x33).public_key();
    const auto certificate =
        certificate_file({sign_certificate(test::repeated(0x44), static_key, {100, 200},
                                           std::array<std::byte, 32>{}),
                          static_key,
                          {test::repeated(0x44).public_key()}});
    const struct {
        const char* when;
        std::string text;
        const char* said;
    } cases[] = {
        {"nothing", "", "`kind` is missing"},
        {"another program's file", "-----BEGIN KEY-----\n", "line 1 is not"},
        {"an unknown kind", with(certificate, "gateway-certificate", "x"), "`kind`"},
        {"an unknown name", certificate + "more = 1\n", "`more` is not a name"},
        {"a name twice", certificate + "version = 0\n", "repeats the name `version`"},
        {"a name missing", with(certificate, "version = 0\n", ""), "`version` is missing"},
        {"another version", with(certificate, "version = 0", "version = 1"), "`version`"},
        {"a number that is none", with(certificate, "= 100", "= 100s"), "`valid_from`"},
        {"a number too large", with(certificate, "= 200", "= 4294967296"), "`not_valid_after`"},
        {"ends before it begins", with(certificate, "= 200", "= 99"), "earlier than valid_from"},
        {"a time changed", with(certificate, "= 200", "= 201"), "`signature`: not the authority"},
        {"hex cut short", with(certificate, "static_public_key = 3c", "static_public_key = "),
         "`static_public_key`: not 32 bytes"},
        {"the key mistyped", with(certificate, "= 9axyEG5b", "= 9axyEG5c"),
         "`authority_public_key`"},
    };
    for (const auto& [when, text, said] : cases) {
        SCOPED_TRACE(when);
        EXPECT_THAT(complaint([&] { parse_certificate_file(text); }), HasSubstr(said));
    }
}

TEST(KeyText, RefusesASecretBesideAnothersPublicKeyAndNeverQuotesIt) {
    const std::string gateway{gateway_secret_file(test::repeated(0x33)).view()};
    const std::string authority{authority_secret_file(test::repeated(0x44)).view()};
    const auto other = base::to_hex(test::repeated(0x34).public_key().bytes);
    EXPECT_THAT(complaint([&] {
                    parse_gateway_secret_file(with(
                        gateway, base::to_hex(test::repeated(0x33).public_key().bytes), other));
                }),
                HasSubstr("not the public key of secret_key"));
    EXPECT_THAT(complaint([&] {
                    parse_authority_secret_file(
                        with(authority, "9axyEG5bASfivgHzqZTvGPnforoki8Z1qXvSAe6CbAK3wFAVETn",
                             "9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh"));
                }),
                HasSubstr("not the public key of secret_key"));
    const auto secret = secret_key_text(test::repeated(0x33));
    const auto said =
        complaint([&] { parse_gateway_secret_file(with(gateway, secret, secret + "x")); });
    EXPECT_THAT(said, AllOf(HasSubstr("`secret_key`"), testing::Not(HasSubstr(secret))));
}

}  // namespace
}  // namespace noise
