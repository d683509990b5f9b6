#include "noise/certificate.h"

#include <gtest/gtest.h>

#include "noise/test_bytes.h"

namespace noise {
namespace {

constexpr std::array<std::byte, 32> no_aux{};

struct Issued {
    SecretKey authority = test::repeated(0x44);
    XOnlyPublicKey static_key = test::repeated(0x33).public_key();
    Certificate certificate =
        sign_certificate(authority, static_key, {0x65000000, 0x65001000}, no_aux);
    AuthorityPublicKey authority_key{authority.public_key()};
};

TEST(Certificate, C044_C045_C049_IsSignedAndSerialisedAsPublished) {
    const Issued issued;
    const auto certificate =
        sign_certificate(issued.authority, issued.static_key, {0x65000000, 0xffffffff}, no_aux);
    EXPECT_EQ(base::to_hex(certificate_digest(certificate, issued.static_key)),
              "265c6d7d729c464bddd453328e0f43b09546f6665331ab3dc60a4a2215822947");
    const auto bytes = serialise(certificate);
    EXPECT_EQ(base::to_hex(bytes),
              "000000000065ffffffffebfad3d8a94340d7b0bb44b0f129e6f99ba30e53842c7a3e52d84ac3bb4c16e0"
              "e93ffdb97f0fd97f9765bc2b568538769fb5290ef7a7b892ee9e60a33e276e9e");
    EXPECT_EQ(parse_certificate(bytes), certificate);
}

TEST(Certificate, C047_IsValidFromItsFirstToItsLastSecondGiveOrTakeTen) {
    const Issued issued;
    const struct {
        const char* when;
        std::uint32_t now;
        std::optional<CertificateError> refused;
    } cases[] = {
        {"eleven seconds early", 0x65000000 - 11, CertificateError::not_yet_valid},
        {"ten seconds early", 0x65000000 - 10, std::nullopt},
        {"the first second", 0x65000000, std::nullopt},
        {"the last second", 0x65001000, std::nullopt},
        {"ten seconds late", 0x65001000 + 10, std::nullopt},
        {"eleven seconds late", 0x65001000 + 11, CertificateError::expired},
        {"at the beginning of time", 0, CertificateError::not_yet_valid},
        {"at the end of time", 0xffffffff, CertificateError::expired},
    };
    for (const auto& [when, now, refused] : cases) {
        SCOPED_TRACE(when);
        EXPECT_EQ(
            certificate_refusal(issued.certificate, issued.authority_key, issued.static_key, now),
            refused);
    }
}

TEST(Certificate, C047_MayBeValidForEver) {
    const Issued issued;
    const auto certificate =
        sign_certificate(issued.authority, issued.static_key, {0, 0xffffffff}, no_aux);
    for (const std::uint32_t now : {0U, 5U, 0xfffffffaU, 0xffffffffU})
        EXPECT_EQ(certificate_refusal(certificate, issued.authority_key, issued.static_key, now),
                  std::nullopt);
}

TEST(Certificate, C046_IsRefusedWhenAnythingThatWasSignedIsDifferent) {
    const Issued issued;
    const std::uint32_t now = 0x65000800;
    const auto refusal = [&](const Certificate& certificate) {
        return certificate_refusal(certificate, issued.authority_key, issued.static_key, now);
    };
    EXPECT_EQ(refusal(issued.certificate), std::nullopt);
    auto changed = issued.certificate;
    changed.valid_from -= 1;
    EXPECT_EQ(refusal(changed), CertificateError::wrong_signature);
    changed = issued.certificate;
    changed.not_valid_after += 1;
    EXPECT_EQ(refusal(changed), CertificateError::wrong_signature);
    for (std::size_t i = 0; i < 64; ++i) {
        changed = issued.certificate;
        changed.signature[i] ^= std::byte{1};
        EXPECT_EQ(refusal(changed), CertificateError::wrong_signature) << i;
    }
    const AuthorityPublicKey another{test::repeated(0x45).public_key()};
    EXPECT_EQ(certificate_refusal(issued.certificate, another, issued.static_key, now),
              CertificateError::wrong_signature);
    EXPECT_EQ(certificate_refusal(issued.certificate, issued.authority_key,
                                  test::repeated(0x34).public_key(), now),
              CertificateError::wrong_signature);
    EXPECT_EQ(certificate_refusal(issued.certificate, AuthorityPublicKey{}, issued.static_key, now),
              CertificateError::wrong_signature)
        << "zero is the x of no point";
}

TEST(Certificate, C048_IsRefusedInAnyVersionButZero) {
    Issued issued;
    issued.certificate.version = 1;
    EXPECT_EQ(certificate_refusal(issued.certificate, issued.authority_key, issued.static_key,
                                  0x65000800),
              CertificateError::unknown_version);
}

}  // namespace
}  // namespace noise
