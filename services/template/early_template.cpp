#include "template/early_template.h"

#include <algorithm>

#include "bitcoin/coinbase.h"
#include "bitcoin/subsidy.h"
#include "bitcoin/target.h"
#include "bitcoin/transaction.h"

namespace templates {
namespace {

using bitcoin::Network;

constexpr std::uint32_t retarget_interval = 2016;
// Regtest's, in Bitcoin Core since 28; elsewhere it does not retarget at all.
constexpr std::uint32_t regtest_interval = 144;
constexpr std::uint32_t regtest_nbits = 0x207fffff;
constexpr std::uint32_t easiest_nbits = 0x1d00ffff;
// A block may be easy when it is so much younger than the one before it.
constexpr std::chrono::seconds easy_after{20 * 60};

bool allows_easy_blocks(Network network) {
    return network == Network::testnet || network == Network::testnet4;
}

std::uint32_t period_of(Network network) {
    return network == Network::regtest ? regtest_interval : retarget_interval;
}

}  // namespace

std::optional<std::uint32_t> certain_nbits(const BlockInfo& tip, Network network,
                                           std::chrono::sys_seconds now) {
    // Every block of regtest has these, whatever the rules make of it.
    if (network == Network::regtest)
        return tip.nbits == regtest_nbits ? std::optional{tip.nbits} : std::nullopt;
    if ((tip.height + 1) % retarget_interval == 0) return std::nullopt;
    if (allows_easy_blocks(network)) {
        // The next one is then as hard as the last that was not easy, which is further back.
        if (tip.nbits == easiest_nbits) return std::nullopt;
        const auto tip_time = std::chrono::sys_seconds{std::chrono::seconds{tip.time}};
        if (now + early_life >= tip_time + easy_after) return std::nullopt;
    }
    return tip.nbits;
}

base::Result<Candidate, std::string_view> early_candidate(const BlockInfo& tip,
                                                          const EarlyBasis& basis, Network network,
                                                          std::chrono::sys_seconds now) {
    const auto none = [](std::string_view why) { return base::unexpected(why); };
    if (tip.confirmations != 1) return none("the block is not the node's tip");
    const auto nbits = certain_nbits(tip, network, now);
    if (!nbits) return none("the next block's nbits are not certain");
    const auto target = bitcoin::expand_nbits(*nbits);
    if (!target) return none("the next block's nbits stand for no target");
    const auto height = tip.height + 1;
    // Signalling may change where a period begins.
    if (height / period_of(network) != basis.height / period_of(network))
        return none("the next block's version is not certain");
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();

    base::Bytes outputs;
    if (basis.segwit)
        bitcoin::append_output(
            outputs, {.value_sat = 0,
                      .script = bitcoin::witness_commitment_script(bitcoin::witness_root({}))});
    Candidate candidate;
    candidate.is_early = true;
    candidate.block_template = {
        .ref = {},
        .tip = {.prev_hash = tip.hash,
                .nbits = *nbits,
                .min_ntime = std::max(static_cast<std::uint32_t>(seconds), tip.median_time + 1),
                .network_target = *target,
                .height = height},
        .version = basis.version,
        .coinbase_tx_version = 2,
        .coinbase_prefix = bitcoin::height_push(height),
        .coinbase_tx_input_sequence = 0xffffffff,
        .coinbase_tx_value_remaining = bitcoin::block_subsidy(height, network),
        .coinbase_tx_outputs = std::move(outputs),
        .coinbase_tx_outputs_count = basis.segwit ? 1U : 0U,
        .coinbase_tx_locktime = 0,
        .merkle_path = {},
        .segwit = basis.segwit,
    };
    return candidate;
}

}  // namespace templates
