#include "template/node_status.h"

#include <gtest/gtest.h>

namespace templates {
namespace {

using nlohmann::json;

const std::string hash_1 = std::string(62, '0') + "a1";
const std::string hash_2 = std::string(62, '0') + "a2";

json header() {
    return {{"hash", hash_1},        {"confirmations", 1},          {"height", 7},
            {"time", 1'700'000'000}, {"mediantime", 1'699'999'000}, {"bits", "207fffff"}};
}

TEST(ReadBlockInfo, ReadsHeadersOfBothNodes) {
    const auto core = read_block_info(header());
    ASSERT_TRUE(core.has_value()) << core.error();
    EXPECT_EQ(core->hash.value.to_be_hex(), hash_1);
    EXPECT_EQ(core->height, 7U);
    EXPECT_EQ(core->confirmations, 1);
    EXPECT_EQ(core->nbits, 0x207fffffU);
    auto bcoin = header();
    bcoin["bits"] = 0x207fffff;
    EXPECT_EQ(*read_block_info(bcoin), *core);
    auto orphan = header();
    orphan["confirmations"] = -1;
    EXPECT_EQ(read_block_info(orphan)->confirmations, -1);
}

TEST(ReadBlockInfo, SaysWhatIsMissing) {
    for (const char* key : {"hash", "confirmations", "height", "time", "mediantime", "bits"}) {
        SCOPED_TRACE(key);
        for (const auto& bad : {json(), json("x"), json(-2.5)}) {
            auto broken = header();
            broken[key] = bad;
            EXPECT_FALSE(read_block_info(broken).has_value());
        }
    }
    EXPECT_FALSE(read_block_info(json::array()).has_value());
}

TEST(ReadChainInfo, FillsTheStatus) {
    NodeStatus status;
    const json answer{{"chain", "main"},       {"blocks", 5},
                      {"headers", 9},          {"bestblockhash", hash_1},
                      {"time", 1'700'000'000}, {"initialblockdownload", true},
                      {"pruned", true}};
    read_chain_info(answer, status);
    EXPECT_EQ(status.network, bitcoin::Network::mainnet);
    EXPECT_EQ(status.height, 5U);
    EXPECT_EQ(status.header_height, 9U);
    EXPECT_EQ(status.tip->value.to_be_hex(), hash_1);
    EXPECT_EQ(status.tip_time, 1'700'000'000U);
    EXPECT_EQ(status.is_initial_download, true);
    EXPECT_EQ(status.is_pruned, true);
    read_network_info({{"subversion", "/Satoshi:31.0.0/"}, {"connections", 8}}, status);
    EXPECT_EQ(status.software, "/Satoshi:31.0.0/");
    EXPECT_EQ(status.peers, 8U);
    for (const auto& nonsense : {json(), json::array(), json("x"), json{{"blocks", "x"}}}) {
        auto same = status;
        read_chain_info(nonsense, same);
        read_network_info(nonsense, same);
        EXPECT_EQ(same, status);
    }
}

TEST(ReadChainInfo, TheTimeOfATipIsNotThatOfTheNext) {
    NodeStatus status;
    read_chain_info({{"bestblockhash", hash_1}}, status);
    EXPECT_EQ(status.tip_time, std::nullopt);
    status.tip_time = 5;  // asked for apart
    read_chain_info({{"bestblockhash", hash_1}}, status);
    EXPECT_EQ(status.tip_time, 5U);
    read_chain_info({{"bestblockhash", hash_2}}, status);
    EXPECT_EQ(status.tip_time, std::nullopt);
}

TEST(ReadMempoolFees, AreInSatoshi) {
    EXPECT_EQ(read_mempool_fees({{"total_fee", 0.12345678}}), 12'345'678U);
    EXPECT_EQ(read_mempool_fees({{"total_fee", 0}}), 0U);
    EXPECT_EQ(read_mempool_fees({{"size", 3}}), std::nullopt);
    EXPECT_EQ(read_mempool_fees({{"total_fee", -1}}), std::nullopt);
    EXPECT_EQ(read_mempool_fees({{"total_fee", 1e30}}), std::nullopt);
}

TEST(ReadZmqEndpoint, IsWhereThePublisherIsReached) {
    const auto of = [](const char* address, const char* host) {
        const json answer{{{"type", "pubrawtx"}, {"address", "tcp://127.0.0.1:1"}},
                          {{"type", "pubhashblock"}, {"address", address}, {"hwm", 1000}}};
        return read_zmq_endpoint(answer, host).value_or("");
    };
    EXPECT_EQ(of("tcp://127.0.0.1:28332", "127.0.0.1"), "tcp://127.0.0.1:28332");
    EXPECT_EQ(of("tcp://127.0.0.1:28332", "localhost"), "tcp://127.0.0.1:28332");
    EXPECT_EQ(of("tcp://127.0.0.1:28332", "10.0.0.5"), "") << "to its own machine only";
    EXPECT_EQ(of("tcp://10.0.0.5:28332", "10.0.0.5"), "tcp://10.0.0.5:28332");
    EXPECT_EQ(of("tcp://*:28332", "10.0.0.5"), "tcp://10.0.0.5:28332");
    EXPECT_EQ(of("tcp://0.0.0.0:28332", "10.0.0.5"), "tcp://10.0.0.5:28332");
    EXPECT_EQ(of("tcp://[::]:28332", "fd00::5"), "tcp://[fd00::5]:28332");
    EXPECT_EQ(of("ipc:///run/blocks", "127.0.0.1"), "ipc:///run/blocks");
    EXPECT_EQ(of("ipc:///run/blocks", "10.0.0.5"), "");
    EXPECT_EQ(of("nonsense", "127.0.0.1"), "");
    EXPECT_EQ(read_zmq_endpoint(json::array(), "x"), std::nullopt);
    EXPECT_EQ(read_zmq_endpoint(json(), "x"), std::nullopt);
}

}  // namespace
}  // namespace templates
