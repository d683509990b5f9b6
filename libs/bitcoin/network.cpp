#include "bitcoin/network.h"

namespace bitcoin {

std::string_view chain_name(Network network) {
    switch (network) {
        case Network::mainnet: return "main";
        case Network::testnet: return "test";
        case Network::testnet4: return "testnet4";
        case Network::signet: return "signet";
        case Network::regtest: return "regtest";
    }
    return {};
}

std::optional<Network> network_of_chain(std::string_view name) {
    for (const auto network :
         {Network::mainnet, Network::testnet, Network::testnet4, Network::signet, Network::regtest})
        if (chain_name(network) == name) return network;
    return std::nullopt;
}

}  // namespace bitcoin
