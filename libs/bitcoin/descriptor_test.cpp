#include "bitcoin/descriptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hex.h"
#include "bitcoin/address.h"
#include "bitcoin/descriptor_checksum.h"
#include "bitcoin/descriptor_key.h"
#include "bitcoin/vectors_testing.h"

namespace bitcoin {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* key = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
constexpr const char* wif = "L4rK1yDtCWekvXuE6oXD9jCYfFNV2cWRpVuPLBcCU2z8TrisoyY1";
constexpr const char* xpub =
    "xpub6BgBgsespWvERF3LHQu6CnqdvfEvtMcQjYrcRzx53QJjSxarj2afYWcLteoGVky7D3UKDP9QyrLprQ3VCECoY49yfd"
    "DEHGCtMMj92pReUsQ";

std::string error_of(const std::string& descriptor, Network network = Network::mainnet) {
    const auto script = script_of_descriptor(descriptor, network);
    return script ? "none" : script.error();
}

TEST(Descriptor, GivesThePublishedScriptsAndRefusesTheRest) {
    for (const auto& line : read_vectors("descriptors.txt")) {
        SCOPED_TRACE(line.at(1));
        const auto& kind = line.at(0);
        if (kind == "valid") {
            const auto index = static_cast<std::uint32_t>(std::stoul(line.at(2)));
            const auto script = script_of_descriptor(line.at(1), Network::mainnet, index);
            ASSERT_TRUE(script.has_value()) << script.error();
            EXPECT_EQ(base::to_hex(*script), line.at(3));
            continue;
        }
        const auto script = script_of_descriptor(line.at(1), Network::mainnet, 0);
        ASSERT_FALSE(script.has_value());
        if (kind == "private") {
            EXPECT_THAT(script.error(), HasSubstr("private key"));
        } else if (kind == "unsupported") {
            EXPECT_THAT(script.error(), HasSubstr("not supported"));
        } else {
            EXPECT_THAT(script.error(), Not(HasSubstr("not supported")));
        }
    }
}

TEST(Descriptor, VerifiesTheChecksumWhereThereIsOne) {
    for (const auto& line : read_vectors("descriptor_checksums.txt")) {
        SCOPED_TRACE(line.at(1));
        EXPECT_EQ(script_of_descriptor(line.at(1), Network::mainnet).has_value(),
                  line.at(0) == "valid");
    }
    // One character of the expression at a time.
    const std::string good = "raw(deadbeef)#89f8spxm";
    for (std::size_t i = 4; i < 12; ++i) {
        auto wrong = good;
        wrong[i] = wrong[i] == '0' ? '1' : '0';
        EXPECT_THAT(error_of(wrong), HasSubstr("checksum is wrong")) << wrong;
    }
    EXPECT_EQ(descriptor_checksum("raw(deadbeef)"), "89f8spxm");
    EXPECT_EQ(descriptor_checksum("raw(\xc3\x9c)"), std::nullopt);
}

TEST(DescriptorKey, IsReadAsPublished) {
    for (const auto& line : read_vectors("descriptor_keys.txt")) {
        SCOPED_TRACE(line.at(1));
        const auto read = key_of_expression(line.at(1), KeyForm::any, Network::mainnet, 0);
        const auto& kind = line.at(0);
        ASSERT_EQ(read.has_value(), kind == "valid") << (read ? "" : read.error());
        if (kind == "private" || kind == "hardened") {
            EXPECT_THAT(read.error(), HasSubstr(kind));
        }
    }
}

TEST(Descriptor, PaysTheSameKeyOnEveryNetwork) {
    const struct {
        Network network;
        const char* address;
    } cases[] = {
        {Network::mainnet, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
        {Network::testnet, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"},
        {Network::testnet4, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"},
        {Network::signet, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"},
        {Network::regtest, "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"},
    };
    for (const auto& [network, address] : cases) {
        SCOPED_TRACE(address);
        const auto script = script_of_descriptor(std::string{"wpkh("} + key + ")", network);
        ASSERT_TRUE(script.has_value()) << script.error();
        EXPECT_EQ(address_of_script(*script, network), address);
        EXPECT_EQ(script_of_descriptor(std::string{"addr("} + address + ")", network).value(),
                  *script);
        const auto other = network == Network::mainnet ? Network::regtest : Network::mainnet;
        EXPECT_THAT(error_of(std::string{"addr("} + address + ")", other),
                    HasSubstr("belongs to another network"));
    }
}

TEST(Descriptor, NeedsAnIndexWhereItIsRanged) {
    const auto ranged = std::string{"tr("} + xpub + "/0/*)";
    EXPECT_TRUE(is_ranged(ranged));
    EXPECT_FALSE(is_ranged(std::string{"tr("} + xpub + "/0/1)"));
    EXPECT_THAT(error_of(ranged), HasSubstr("index"));
    EXPECT_EQ(script_of_descriptor(ranged, Network::mainnet, 1).value(),
              script_of_descriptor(std::string{"tr("} + xpub + "/0/1)", Network::mainnet).value());
    EXPECT_THAT(error_of(std::string{"tr("} + xpub + "/*/1)"), HasSubstr("no step"));
    EXPECT_FALSE(script_of_descriptor(ranged, Network::mainnet, 0x80000000).has_value());
}

TEST(Descriptor, SaysWhatToWriteInstead) {
    const std::string k{key};
    const struct {
        std::string descriptor;
        const char* says;
    } cases[] = {
        {"", "script expression is missing"},
        {k, "script expression is missing"},
        {"wpkh", "script expression is missing"},
        {"wpkh(" + k, "script expression is missing"},
        {"wpkh()", "lacks a key"},
        {"wpkh(" + k.substr(2) + ")", "64 digits are for tr()"},
        {"wpkh(" + k.substr(1) + ")", "is no public key"},
        {"wpkh(ypub6Ww3ibxVfGzLrAH1PNcjyAWenMTbbAosGNB6VvmSEgytSER9azLDWCxoJwW7Ke7icmizBMXrzBx9979F"
         "faHxHcrArf3zbeJJJUZPf663zsP)",
         "expected 66 hexadecimal digits"},
        {"miniscript(" + k + ")", "addr, raw, pk"},
        {"tr(musig(" + k + "))", "is no public key"},
        {"multi(1," + k + "," + k + "," + k + "," + k + ")", "outside of sh() and wsh()"},
        {"wsh(multi(1))", "0 keys"},
        {"wsh(multi(1,))", "lacks a key"},
        {"wsh(multi(-1," + k + "))", "how many signatures"},
        {"wsh(multi(1 ," + k + "))", "how many signatures"},
        {"raw()", "hexadecimal"},
        {"wpkh(" + std::string{xpub} + "/0/)", "no step"},
        {"wpkh(" + std::string{xpub} + "/0h)", "hardened"},
    };
    for (const auto& [descriptor, says] : cases) {
        SCOPED_TRACE(descriptor);
        EXPECT_THAT(error_of(descriptor), HasSubstr(says));
    }
    EXPECT_THAT(error_of(std::string{"wpkh("} + xpub + ")", Network::signet), HasSubstr("tpub"));
}

TEST(Descriptor, LimitsMultisignatureToWhatCanBeSpent) {
    const auto multi = [](std::size_t keys, const std::string& public_key) {
        std::string text = "multi(1";
        for (std::size_t i = 0; i < keys; ++i) text += "," + public_key;
        return text + ")";
    };
    const std::string uncompressed =
        "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc"
        "0"
        "e1108a8fd17b448a68554199c47d08ffb10d4b8";
    EXPECT_EQ(error_of("wsh(" + multi(20, key) + ")"), "none");
    EXPECT_THAT(error_of("wsh(" + multi(21, key) + ")"), HasSubstr("20 at most"));
    EXPECT_EQ(error_of("sh(" + multi(15, key) + ")"), "none");
    EXPECT_THAT(error_of("sh(" + multi(16, key) + ")"), HasSubstr("520"));
    EXPECT_EQ(error_of("sh(" + multi(7, uncompressed) + ")"), "none");
    EXPECT_THAT(error_of("sh(" + multi(8, uncompressed) + ")"), HasSubstr("520"));
    EXPECT_EQ(error_of(multi(3, key)), "none");
}

TEST(Descriptor, DoesNotRepeatAPrivateKey) {
    auto mistyped = std::string{wif};
    mistyped[30] = 'A';
    for (const auto& secret : {std::string{wif}, mistyped}) {
        const auto error = error_of("wpkh(" + secret + ")");
        EXPECT_THAT(error, Not(HasSubstr(secret.substr(10)))) << error;
    }
}

}  // namespace
}  // namespace bitcoin
