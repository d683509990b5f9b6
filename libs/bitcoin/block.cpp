#include "bitcoin/block.h"

#include <algorithm>

#include "bitcoin/coinbase.h"
#include "bitcoin/compact_size.h"
#include "bitcoin/merkle.h"

namespace bitcoin {
namespace {

/// OP_RETURN, a push of 36 bytes and the tag by which a commitment is known (BIP 141).
constexpr std::array<std::byte, 6> commitment_begin{std::byte{0x6a}, std::byte{0x24},
                                                    std::byte{0xaa}, std::byte{0x21},
                                                    std::byte{0xa9}, std::byte{0xed}};

}  // namespace

bool is_witness_commitment(const TxOutput& output) {
    return output.script.size() >= commitment_begin.size() + 32 &&
           std::ranges::equal(std::span{output.script}.first(commitment_begin.size()),
                              commitment_begin);
}

base::Bytes serialise(const Block& block) {
    base::Bytes bytes;
    base::append(bytes, encode_header(block.header));
    append_compact_size(bytes, block.transactions.size());
    for (const auto& transaction : block.transactions) base::append(bytes, serialise(transaction));
    return bytes;
}

base::Result<Block, ParseError> parse_block(base::ByteView bytes) {
    if (bytes.size() < header_size) return base::unexpected(ParseError::truncated);
    Block block{.header = decode_header(bytes.first<header_size>())};
    bytes = bytes.subspan(header_size);
    const bool ends = bytes.empty();
    const auto count = read_compact_size(bytes);
    if (!count) return base::unexpected(ends ? ParseError::truncated : ParseError::malformed);
    for (std::uint64_t i = 0; i < *count; ++i) {
        auto transaction = read_transaction(bytes);
        if (!transaction) return base::unexpected(transaction.error());
        block.transactions.push_back(std::move(*transaction));
    }
    if (!bytes.empty()) return base::unexpected(ParseError::trailing);
    return block;
}

base::Bytes assemble_block(std::span<const std::byte, header_size> header, base::ByteView coinbase,
                           std::span<const base::Bytes> transactions) {
    base::Bytes bytes;
    std::size_t size = header_size + 9 + coinbase.size();
    for (const auto& transaction : transactions) size += transaction.size();
    bytes.reserve(size);
    base::append(bytes, header);
    append_compact_size(bytes, transactions.size() + 1);
    base::append(bytes, coinbase);
    for (const auto& transaction : transactions) base::append(bytes, transaction);
    return bytes;
}

bool merkle_root_matches(const Block& block) {
    std::vector<Uint256> txids;
    txids.reserve(block.transactions.size());
    for (const auto& transaction : block.transactions) txids.push_back(txid(transaction));
    return !txids.empty() && merkle_root(txids) == block.header.merkle_root;
}

bool witness_commitment_matches(const Block& block) {
    if (block.transactions.empty() || block.transactions[0].inputs.empty()) return false;
    const auto& coinbase = block.transactions[0];
    // Where several outputs look like a commitment, the last one counts.
    const auto found =
        std::find_if(coinbase.outputs.rbegin(), coinbase.outputs.rend(), is_witness_commitment);
    if (found == coinbase.outputs.rend())
        return std::ranges::none_of(block.transactions, &Transaction::has_witness);

    const auto& witness = coinbase.inputs[0].witness;
    if (witness.size() != 1 || witness[0].size() != 32) return false;
    std::vector<Uint256> wtxids;
    for (std::size_t i = 1; i < block.transactions.size(); ++i)
        wtxids.push_back(wtxid(block.transactions[i]));
    const auto reserved = Uint256::from_bytes(std::span{witness[0]}.first<32>());
    const Uint256 commitment = witness_commitment(witness_root(wtxids), reserved);
    return std::ranges::equal(std::span{found->script}.subspan(commitment_begin.size(), 32),
                              commitment.as_bytes());
}

}  // namespace bitcoin
