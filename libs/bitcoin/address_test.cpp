#include "bitcoin/address.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "bitcoin/vectors_testing.h"

namespace bitcoin {
namespace {

std::string lower(std::string text) {
    for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

Network network_of(const std::string& address) {
    return lower(address).starts_with("bc") ? Network::mainnet : Network::testnet4;
}

TEST(Address, ReadsThePublishedWitnessAddressesAndWritesThemBack) {
    for (const auto& line : read_vectors("segwit_addresses.txt")) {
        SCOPED_TRACE(line.at(1));
        const auto network = network_of(line.at(1));
        const auto script = script_of_address(line.at(1), network);
        EXPECT_EQ(script.has_value(), line.at(0) == "valid");
        if (!script) continue;
        EXPECT_EQ(base::to_hex(*script), line.at(2));
        EXPECT_EQ(address_of_script(*script, network), lower(line.at(1)));
    }
}

TEST(Address, ReadsAndWritesBase58Addresses) {
    const struct {
        Network network;
        const char* address;
        const char* script;
    } cases[] = {
        {Network::mainnet, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",  // block 0
         "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac"},
        {Network::mainnet, "3P14159f73E4gFr7JterCCQh9QjiTjiZrG",  // BIP 16's first use
         "a914e9c3dd0c07aac76179ebc76a6c78d4d67c6c160a87"},
        {Network::testnet, "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn",
         "76a914243f1394f44554f4ce3fd68649c19adc483ce92488ac"},
        {Network::regtest, "2MzQwSSnBHWHqSAqtTVQ6v47XtaisrJa1Vc",
         "a9144e9f39ca4688ff102128ea4ccda34105324305b087"},
    };
    for (const auto& [network, address, script] : cases) {
        SCOPED_TRACE(address);
        const auto read = script_of_address(address, network);
        ASSERT_TRUE(read.has_value()) << describe(read.error());
        EXPECT_EQ(base::to_hex(*read), script);
        EXPECT_EQ(address_of_script(*read, network), address);
    }
}

TEST(Address, SaysWhatIsWrong) {
    const struct {
        const char* address;
        Network network;
        AddressError error;
    } cases[] = {
        {"", Network::mainnet, AddressError::malformed},
        {"1", Network::mainnet, AddressError::malformed},
        {"hello world", Network::mainnet, AddressError::malformed},
        {"0014751e76e8199196d454941c45d1b3a323f1433bd6", Network::mainnet, AddressError::malformed},
        {"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", Network::mainnet, AddressError::wrong_checksum},
        {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", Network::mainnet,
         AddressError::wrong_checksum},
        {"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T5", Network::mainnet,
         AddressError::wrong_checksum},
        {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3tb", Network::mainnet, AddressError::malformed},
        {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", Network::mainnet,
         AddressError::wrong_checksum},
        {"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", Network::regtest, AddressError::wrong_network},
        {"mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", Network::mainnet, AddressError::wrong_network},
        {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", Network::signet,
         AddressError::wrong_network},
        {"tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", Network::regtest,
         AddressError::wrong_network},
        {"5Kd3NBUAdUnhyzenEwVLy9pBKxSwXvE9FMPyR4UKZvpe6E3AgLr", Network::mainnet,
         AddressError::malformed},  // a private key
    };
    for (const auto& [address, network, error] : cases) {
        SCOPED_TRACE(address);
        const auto script = script_of_address(address, network);
        ASSERT_FALSE(script.has_value());
        EXPECT_EQ(script.error(), error);
        EXPECT_FALSE(describe(error).empty());
    }
}

TEST(Address, ComesBackFromItsScriptOnEveryNetwork) {
    for (const auto* hex : {"76a914243f1394f44554f4ce3fd68649c19adc483ce92488ac",
                            "a9144e9f39ca4688ff102128ea4ccda34105324305b087",
                            "0014751e76e8199196d454941c45d1b3a323f1433bd6",
                            "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
                            "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"})
        for (const auto network : {Network::mainnet, Network::testnet, Network::testnet4,
                                   Network::signet, Network::regtest}) {
            SCOPED_TRACE(hex);
            const auto script = *base::from_hex(hex);
            const auto address = address_of_script(script, network);
            ASSERT_TRUE(address.has_value());
            EXPECT_EQ(script_of_address(*address, network).value_or(base::Bytes{}), script);
        }
}

TEST(Address, DoesNotExistForOtherScripts) {
    for (const auto* hex : {"", "6a", "51", "0002abcd", "6a24aa21a9ed"})
        EXPECT_EQ(address_of_script(*base::from_hex(hex), Network::mainnet), std::nullopt) << hex;
}

}  // namespace
}  // namespace bitcoin
