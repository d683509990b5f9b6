#include "channel-manager/payout_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hex.h"

namespace channel_manager {
namespace {

using bitcoin::Network;
using testing::HasSubstr;

constexpr const char* regtest_address = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080";
constexpr const char* key = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
constexpr const char* key_script = "0014751e76e8199196d454941c45d1b3a323f1433bd6";
// BIP 86's first account, and the scripts of its first two addresses.
const std::string xpub =
    "xpub6BgBgsespWvERF3LHQu6CnqdvfEvtMcQjYrcRzx53QJjSxarj2afYWcLteoGVky7D3UKDP9QyrLprQ3VCECoY49yfd"
    "DEHGCtMMj92pReUsQ";
constexpr const char* xpub_script_0 =
    "5120a60869f0dbcf1dc659c9cecbaf8050135ea9e8cdc487053f1dc6880949dc684c";
constexpr const char* xpub_script_1 =
    "5120a82f29944d65b86ae6b5e5cc75e294ead6c59391a1edc5e016e3498c67fc7bbb";

PayoutPolicy read(const std::string& text) {
    auto reader = service::ConfigReader::from_text(text);
    auto policy = read_payout(reader.root());
    reader.finish();
    return policy;
}
std::string problems(const std::string& text) {
    try {
        read(text);
    } catch (const service::ConfigError& error) {
        return error.what();
    }
    return "none";
}
std::string quoted(const std::string& text) {
    return "\"" + text + "\"";
}
std::string script_of(const std::string& text) {
    return base::to_hex(read(text).pool.outputs.at(0).script);
}

TEST(PayoutConfig, PaysAnAddressOfItsNetworkOnly) {
    // BIP 173's example of a P2WPKH address for mainnet.
    const std::string mainnet = "payout.address = \"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4\"\n";
    EXPECT_EQ(script_of(mainnet), key_script);
    EXPECT_THAT(problems("network = \"regtest\"\n" + mainnet), HasSubstr("network is regtest"));
    EXPECT_EQ(read(mainnet).mode, PayoutPolicy::Mode::pool);
    EXPECT_EQ(read(mainnet).pool.pool_tag, base::to_bytes("/adit/"));
}

TEST(PayoutConfig, RefusesWhatNoBlockCanHold) {
    const auto bare = [](std::size_t checks) {
        std::string script;
        for (std::size_t i = 0; i < checks; ++i) script += "ae";
        return "payout.script = \"" + script + "\"";
    };
    EXPECT_EQ(problems(bare(1'000)), "none") << "1,000 CHECKMULTISIG cost 80,000";
    EXPECT_THAT(problems(bare(1'001)), HasSubstr("80080"));
    std::string many;
    for (int i = 0; i < 101; ++i)
        many += "[[payout.outputs]]\nscript = " + quoted(std::string(20'000, '5')) +
                "\nbasis_points = " + (i == 0 ? "9900" : "1") + "\n";
    EXPECT_THAT(problems(many), HasSubstr("a block may weigh 4000000"));
}

TEST(PayoutConfig, WarnsOfWhatNodesReserveTooLittleFor) {
    EXPECT_THAT(describe(read("payout.script = \"51\"")), testing::Not(HasSubstr("WARNING")));
    const auto heavy = describe(read("payout.script = " + quoted(std::string(4'000, '5'))));
    EXPECT_THAT(heavy, HasSubstr("-blockreservedweight="));
    const auto costly = describe(read("payout.script = \"aeaeaeaeaeae\""));
    EXPECT_THAT(costly, HasSubstr("cost 480"));
}

TEST(PayoutConfig, PaysADescriptorsScript) {
    EXPECT_EQ(script_of("payout.descriptor = " + quoted("wpkh(" + std::string{key} + ")")),
              key_script);
    const auto ranged = "payout.descriptor = " + quoted("tr(" + xpub + "/0/*)") + "\n";
    EXPECT_EQ(script_of(ranged + "payout.descriptor_index = 0"), xpub_script_0);
    EXPECT_EQ(script_of(ranged + "payout.descriptor_index = 1"), xpub_script_1);
    EXPECT_EQ(script_of("payout.descriptor = " + quoted("tr(" + xpub + "/0/1)")), xpub_script_1);
    EXPECT_THAT(problems(ranged), HasSubstr("payout.descriptor_index: is missing"));
    EXPECT_THAT(problems("network = \"signet\"\n" + ranged + "payout.descriptor_index = 0"),
                HasSubstr("signet has tpub"));
}

TEST(PayoutConfig, SharesABlockAmongSeveralOutputs) {
    const std::string head = R"toml(
        network = "regtest"
        [[payout.outputs]]
        script = "51"
        basis_points = 9800
        [[payout.outputs]]
        descriptor = "addr(bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080)"
        basis_points = )toml";
    const auto policy = read(head + "200");
    ASSERT_EQ(policy.pool.outputs.size(), 2U);
    EXPECT_EQ(policy.pool.outputs[1].basis_points, 200U);
    EXPECT_EQ(base::to_hex(policy.pool.outputs[1].script), key_script);
    EXPECT_THAT(problems(head + "201"), HasSubstr("payout.outputs: have 10001 basis points"));
}

TEST(PayoutConfig, SoloTakesAFeeOrNone) {
    const std::string solo = "network = \"regtest\"\npayout.mode = \"solo\"\n";
    EXPECT_EQ(read(solo).mode, PayoutPolicy::Mode::solo);
    EXPECT_EQ(read(solo).network, Network::regtest);
    EXPECT_TRUE(read(solo).pool.outputs.empty());
    const auto paid = solo + "payout.address = " + quoted(regtest_address) + "\n";
    EXPECT_TRUE(read(paid).pool.outputs.empty()) << "no fee: nobody but the miner";
    EXPECT_TRUE(read(paid + "payout.fee_basis_points = 0").pool.outputs.empty());
    const auto policy = read(paid + "payout.fee_basis_points = 150");
    ASSERT_EQ(policy.pool.outputs.size(), 1U);
    EXPECT_EQ(policy.pool.outputs[0].basis_points, 150U);
    EXPECT_THAT(problems(solo + "payout.fee_basis_points = 150"), HasSubstr("payout.address"));
    EXPECT_THAT(problems(paid + "payout.fee_basis_points = 10000"),
                HasSubstr("payout.fee_basis_points"));

    const auto split = solo + R"(
        payout.outputs = [{script = "51", basis_points = 9500}, {script = "52", basis_points = 500}]
        payout.fee_basis_points = )";
    EXPECT_EQ(read(split + "100").pool.outputs.at(1).basis_points, 5U);
    EXPECT_THAT(problems(split + "2"), HasSubstr("leaves nothing for outputs[1]"));
}

TEST(PayoutConfig, ShowsWhomBlocksPay) {
    EXPECT_EQ(describe(read("network = \"regtest\"\npayout.address = " + quoted(regtest_address))),
              "payout: pool on regtest, pool tag \"/adit/\"\n"
              "  100.00 % to bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080 (script "
              "0014751e76e8199196d454941c45d1b3a323f1433bd6)\n");
    EXPECT_EQ(describe(read("network = \"regtest\"\npayout.mode = \"solo\"\npayout.script = "
                            "\"51\"\npayout.fee_basis_points = 125\n")),
              "payout: solo on regtest, pool tag \"/adit/\"\n"
              "   98.75 % to the address that the channel's account is\n"
              "    1.25 % to script 51, which has no address\n"
              "  what rounding leaves goes to the first\n");
    EXPECT_THAT(describe(read("payout.script = \"5202abcd\"")), HasSubstr("ANYBODY can spend"));
}

TEST(PayoutConfig, SaysWhatIsWrong) {
    const struct {
        std::string text;
        const char* says;
    } cases[] = {
        {"", "payout.address: is needed"},
        {"network = \"moon\"", "network"},
        {"payout.mode = \"proportional\"", "payout.mode"},
        {"payout.script = \"5\"", "payout.script: is not hexadecimal"},
        {"payout.script = \"\"", "payout.script: is not hexadecimal"},
        {"payout.script = \"6a0141\"", "payout.script: pays to OP_RETURN"},
        {"payout.script = \"" + std::string(20'002, '5') + "\"", "payout.script: pays a script"},
        {"payout = {script = \"51\", address = \"x\"}", "payout.address: is needed"},
        {"payout = {script = \"51\", descriptor = \"raw(51)\"}", "payout.address: is needed"},
        {"payout.address = \"x\"", "payout.address"},
        {"payout.descriptor = \"pay(51)\"", "payout.descriptor: \"pay\" is not supported"},
        {"payout.descriptor = \"raw(51)#qqqqqqqq\"", "payout.descriptor: the checksum is wrong"},
        {"payout.descriptor = \"raw(6a)\"", "payout.descriptor: pays to OP_RETURN"},
        {"payout = {descriptor = \"raw(51)\", descriptor_index = 1}", "payout.descriptor_index"},
        {"payout = {script = \"51\", descriptor_index = 1}", "payout.descriptor_index"},
        {"payout.pool_tag = \"" + std::string(49, 'x') + "\"", "payout.pool_tag"},
        {"payout = {script = \"51\", outputs = [{script = \"51\", basis_points = 10000}]}",
         "payout.outputs: cannot stand beside payout.script"},
        {"payout.outputs = [{script = \"51\"}]", "basis_points"},
        {"payout.outputs = [{basis_points = 10000}]", "payout.outputs[0].address"},
        {"payout = {script = \"51\", fee_basis_points = 1}", "payout.fee_basis_points"},
    };
    for (const auto& [text, says] : cases) EXPECT_THAT(problems(text), HasSubstr(says)) << text;
}

}  // namespace
}  // namespace channel_manager
