#include "template/tdp_messages.h"

#include <fmt/format.h>

#include <algorithm>

#include "bitcoin/block.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/compact_size.h"
#include "bitcoin/header.h"
#include "bitcoin/outputs.h"
#include "bitcoin/transaction.h"
#include "sv2/setup_flags.h"

namespace templates {
namespace {

constexpr std::size_t coinbase_prefix_size_max = 8;
constexpr std::uint64_t money_max_sat = 2'100'000'000'000'000;

}  // namespace

base::Result<mining::BlockTemplate, std::string> read_new_template(
    const sv2::NewTemplate& message) {
    const auto wrong = [](std::string what) { return base::unexpected(std::move(what)); };
    if (message.coinbase_prefix.size() > coinbase_prefix_size_max)
        return wrong(fmt::format("has a coinbase_prefix of {} bytes, of at most 8",
                                 message.coinbase_prefix.size()));
    const auto height = bitcoin::pushed_height(message.coinbase_prefix);
    if (!height || *height == 0)
        return wrong("does not begin its coinbase with the height (BIP 34)");
    if (message.coinbase_tx_value_remaining > money_max_sat)
        return wrong("is worth more than there will ever be");
    base::Bytes counted;
    bitcoin::append_compact_size(counted, message.coinbase_tx_outputs_count);
    base::append(counted, message.coinbase_tx_outputs);
    const auto outputs = bitcoin::parse_outputs(counted);
    if (!outputs)
        return wrong(
            fmt::format("says {} outputs and has others", message.coinbase_tx_outputs_count));
    mining::BlockTemplate block_template{
        .ref = {},
        .tip = {.height = *height},
        .version = message.version,
        .coinbase_tx_version = message.coinbase_tx_version,
        .coinbase_prefix = base::to_bytes(message.coinbase_prefix),
        .coinbase_tx_input_sequence = message.coinbase_tx_input_sequence,
        .coinbase_tx_value_remaining = message.coinbase_tx_value_remaining,
        .coinbase_tx_outputs = base::to_bytes(message.coinbase_tx_outputs),
        .coinbase_tx_outputs_count = message.coinbase_tx_outputs_count,
        .coinbase_tx_locktime = message.coinbase_tx_locktime,
        .merkle_path = {},
        .segwit = std::ranges::any_of(
            *outputs, [](const auto& output) { return bitcoin::is_witness_commitment(output); })};
    for (const auto& node : message.merkle_path)
        block_template.merkle_path.push_back(bitcoin::Uint256::from_bytes(node));
    return block_template;
}

bitcoin::Target easiest_target(bitcoin::Network network) {
    switch (network) {
        // Difficulty 1e12: a hundredth of today's, while test networks have it below 1e9.
        case bitcoin::Network::mainnet: return *bitcoin::expand_nbits(0x18010000);
        case bitcoin::Network::testnet:
        case bitcoin::Network::testnet4: return *bitcoin::expand_nbits(0x1d00ffff);
        case bitcoin::Network::signet: return *bitcoin::expand_nbits(0x1e0377ae);
        case bitcoin::Network::regtest: break;
    }
    return bitcoin::target_max();
}

base::Result<sv2::SubmitSolution, std::string_view> solution_of(const GivenTemplate& given,
                                                                base::ByteView block) {
    const auto wrong = [](std::string_view why) { return base::unexpected(why); };
    if (block.size() < bitcoin::header_size) return wrong("the block does not decode");
    const auto header = bitcoin::decode_header(block.first<bitcoin::header_size>());
    auto rest = block.subspan(bitcoin::header_size);
    if (!bitcoin::read_compact_size(rest)) return wrong("the block does not decode");
    const auto from_coinbase = rest;
    if (!bitcoin::read_transaction(rest)) return wrong("the block does not decode");
    const auto coinbase = from_coinbase.first(from_coinbase.size() - rest.size());
    if (coinbase.size() > sv2::B0_64K::size_max)
        return wrong("the coinbase is larger than SubmitSolution can carry");
    // A block all the same, for nodes of another kind (Sv2 7.7).
    if (((header.version ^ given.version) & ~sv2::version_rolling_mask) != 0)
        return wrong("the version has other bits than SubmitSolution may change");
    return sv2::SubmitSolution{.template_id = given.id,
                               .version = header.version,
                               .header_timestamp = header.ntime,
                               .header_nonce = header.nonce,
                               .coinbase_tx = coinbase};
}

}  // namespace templates
