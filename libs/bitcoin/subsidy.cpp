#include "bitcoin/subsidy.h"

namespace bitcoin {

std::uint32_t halving_interval(Network network) {
    return network == Network::regtest ? 150 : 210'000;
}

std::uint64_t block_subsidy(std::uint32_t height, Network network) {
    constexpr std::uint64_t first_subsidy_sat = 50 * 100'000'000ULL;
    const std::uint32_t halvings = height / halving_interval(network);
    return halvings >= 64 ? 0 : first_subsidy_sat >> halvings;
}

}  // namespace bitcoin
