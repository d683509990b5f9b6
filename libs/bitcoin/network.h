#pragma once

#include <optional>
#include <string_view>

namespace bitcoin {

enum class Network { mainnet, testnet, testnet4, signet, regtest };

/// As a node's getblockchaininfo names its chain: main, test, testnet4, signet, regtest.
std::string_view chain_name(Network network);
std::optional<Network> network_of_chain(std::string_view name);

}  // namespace bitcoin
