#include "edge/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "noise/key_text.h"

namespace edge {
namespace {

using testing::AllOf;
using testing::HasSubstr;

noise::SecretKey key_of(std::byte byte) {
    std::array<std::byte, 32> bytes{};
    bytes.fill(byte);
    return noise::SecretKey::from_bytes(bytes).value();
}

/// A gateway's key, and a certificate of a given validity, in files.
class Identity : public testing::Test {
  protected:
    Identity() {
        auto pattern = testing::TempDir() + "adit-identity-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
        files_.key_file = folder_ / "gateway.key";
        files_.certificate_file = folder_ / "gateway.cert";
        std::ofstream{files_.key_file} << noise::gateway_secret_file(gateway_).view();
        ::chmod(files_.key_file.c_str(), 0600);
    }
    ~Identity() override { std::filesystem::remove_all(folder_); }

    void certify(std::uint32_t valid_from, std::uint32_t not_valid_after) {
        const auto authority = key_of(std::byte{0x44});
        const auto static_key = gateway_.public_key();
        std::ofstream{files_.certificate_file} << noise::certificate_file(
            {noise::sign_certificate(authority, static_key, {valid_from, not_valid_after},
                                     std::array<std::byte, 32>{}),
             static_key,
             {authority.public_key()}});
    }
    std::string complaint() const {
        try {
            static_cast<void>(load_identity(files_, clock_));
        } catch (const noise::KeyFileError& error) {
            return error.what();
        }
        return "no complaint";
    }

    std::filesystem::path folder_{};
    CertificateFiles files_{};
    noise::SecretKey gateway_ = key_of(std::byte{0x33});
    base::ManualClock clock_{base::UnixMicros{std::chrono::seconds{1'700'000'000}}};
};

TEST_F(Identity, TakesACertificateThatIsValidNow) {
    certify(1'699'999'000, 1'700'001'000);
    EXPECT_EQ(complaint(), "no complaint");
}

TEST_F(Identity, RefusesAnExpiredCertificateWithItsDatesAndTheCure) {
    certify(1'600'000'000, 1'699'999'000);
    EXPECT_THAT(complaint(),
                AllOf(HasSubstr("gateway.cert has expired"), HasSubstr("2020-09-13 12:26:40 UTC"),
                      HasSubstr("2023-11-14 21:56:40 UTC"), HasSubstr("aditctl keys sign")));
}

TEST_F(Identity, RefusesACertificateInTheSecondAfterItsLast) {
    certify(1'699'999'000, 1'699'999'999);
    EXPECT_THAT(complaint(), HasSubstr("gateway.cert has expired"));
}

TEST_F(Identity, RefusesACertificateOfTheFuture) {
    certify(1'700'001'000, 1'700'009'000);
    EXPECT_THAT(complaint(), HasSubstr("gateway.cert is not valid yet"));
}

TEST(CertificateStanding, WarnsWhenAQuarterOfItsLifeOrSevenDaysAreLeft) {
    const std::uint32_t from = 1'700'000'000;
    const std::uint32_t day = 24 * 3600;
    const struct {
        const char* when;
        std::uint32_t life;
        std::uint32_t left;
        Standing expected;
    } cases[] = {
        {"a day's, a quarter left", day, day / 4, Standing::good},
        {"a day's, less than a quarter", day, day / 4 - 1, Standing::ends_soon},
        {"a day's, in its last second", day, 0, Standing::ends_soon},
        {"a year's, seven days left", 365 * day, 7 * day, Standing::good},
        {"a year's, less than seven days", 365 * day, 7 * day - 1, Standing::ends_soon},
    };
    for (const auto& [when, life, left, expected] : cases) {
        SCOPED_TRACE(when);
        noise::Certificate certificate;
        certificate.valid_from = from;
        certificate.not_valid_after = from + life;
        EXPECT_EQ(standing(certificate, from + life - left), expected);
        EXPECT_EQ(standing(certificate, from + life + 1), Standing::ended);
    }
    noise::Certificate nonsense;
    nonsense.valid_from = 0xffffffff;
    nonsense.not_valid_after = from;
    EXPECT_EQ(standing(nonsense, from), Standing::good) << "ends before it begins: no underflow";
}

}  // namespace
}  // namespace edge
