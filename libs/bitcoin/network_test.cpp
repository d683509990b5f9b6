#include "bitcoin/network.h"

#include <gtest/gtest.h>

#include "bitcoin/subsidy.h"

namespace bitcoin {
namespace {

TEST(Network, IsNamedAsNodesNameTheirChain) {
    EXPECT_EQ(chain_name(Network::mainnet), "main");
    for (const auto* name : {"main", "test", "testnet4", "signet", "regtest"}) {
        SCOPED_TRACE(name);
        ASSERT_TRUE(network_of_chain(name).has_value());
        EXPECT_EQ(chain_name(*network_of_chain(name)), name);
    }
    for (const auto* name : {"", "mainnet", "Main", "testnet3"})
        EXPECT_EQ(network_of_chain(name), std::nullopt) << name;
}

TEST(Subsidy, HalvesAtEveryInterval) {
    EXPECT_EQ(block_subsidy(0, Network::mainnet), 5'000'000'000U);
    EXPECT_EQ(block_subsidy(209'999, Network::mainnet), 5'000'000'000U);
    EXPECT_EQ(block_subsidy(210'000, Network::mainnet), 2'500'000'000U);
    EXPECT_EQ(block_subsidy(840'000, Network::mainnet), 312'500'000U);
    EXPECT_EQ(block_subsidy(149, Network::regtest), 5'000'000'000U);
    EXPECT_EQ(block_subsidy(150, Network::regtest), 2'500'000'000U);
    EXPECT_EQ(block_subsidy(210'000 * 32, Network::signet), 1U);
    EXPECT_EQ(block_subsidy(210'000 * 33, Network::signet), 0U);
    EXPECT_EQ(block_subsidy(150 * 64, Network::regtest), 0U);
    EXPECT_EQ(block_subsidy(0xffffffff, Network::regtest), 0U);
}

}  // namespace
}  // namespace bitcoin
