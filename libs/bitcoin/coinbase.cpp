#include "bitcoin/coinbase.h"

#include <algorithm>
#include <vector>

#include "bitcoin/compact_size.h"
#include "bitcoin/merkle.h"
#include "bitcoin/script.h"
#include "bitcoin/sha256.h"

namespace bitcoin {
namespace {

/// OP_0, and what OP_1 to OP_16 count from.
constexpr std::uint8_t op_0 = 0x00;
constexpr std::uint8_t op_1_less_one = 0x50;

/// Little-endian without leading zeros, and with one where the top bit would be a sign.
base::Bytes script_number(std::uint32_t value) {
    base::Bytes bytes;
    for (; value != 0; value >>= 8) bytes.push_back(static_cast<std::byte>(value & 0xffU));
    if (!bytes.empty() && (bytes.back() & std::byte{0x80}) != std::byte{0})
        bytes.push_back(std::byte{0});
    return bytes;
}

}  // namespace

base::Bytes height_push(std::uint32_t height) {
    base::Bytes bytes;
    if (height <= 16) {
        bytes.push_back(static_cast<std::byte>(height == 0 ? op_0 : op_1_less_one + height));
    } else {
        append_push(bytes, script_number(height));
    }
    return bytes;
}

std::optional<std::uint32_t> pushed_height(base::ByteView script_sig) {
    if (script_sig.empty()) return std::nullopt;
    const auto first = std::to_integer<std::uint32_t>(script_sig[0]);
    std::uint64_t height = 0;
    if (first > op_1_less_one && first <= op_1_less_one + 16) {
        height = first - op_1_less_one;
    } else if (first <= 5 && script_sig.size() > first) {
        for (std::size_t i = 0; i < first; ++i)
            height |= std::to_integer<std::uint64_t>(script_sig[1 + i]) << (8 * i);
    } else {
        return std::nullopt;
    }
    if (height > 0xffffffff) return std::nullopt;
    // Nodes compare with the one form that they would write.
    const auto written = height_push(static_cast<std::uint32_t>(height));
    if (script_sig.size() < written.size() ||
        !std::ranges::equal(script_sig.first(written.size()), written))
        return std::nullopt;
    return static_cast<std::uint32_t>(height);
}

Uint256 witness_root(std::span<const Uint256> wtxids) {
    std::vector<Uint256> leaves{Uint256{}};
    leaves.insert(leaves.end(), wtxids.begin(), wtxids.end());
    return merkle_root(leaves);
}

Uint256 witness_commitment(const Uint256& witness_root, const Uint256& reserved) {
    return sha256d_pair(witness_root, reserved);
}

base::Bytes witness_commitment_script(const Uint256& witness_root) {
    base::Bytes data{std::byte{0xaa}, std::byte{0x21}, std::byte{0xa9}, std::byte{0xed}};
    base::append(data, witness_commitment(witness_root, Uint256{}).as_bytes());
    return null_data(data);
}

std::optional<CoinbaseParts> coinbase_parts(const CoinbaseFields& fields) {
    const std::size_t begin = fields.script_sig_begin.size();
    if (begin > coinbase_script_size_max || fields.extranonce_size > coinbase_script_size_max)
        return std::nullopt;
    const std::size_t script_size = begin + fields.extranonce_size;
    if (script_size < coinbase_script_size_min || script_size > coinbase_script_size_max)
        return std::nullopt;

    CoinbaseParts parts;
    base::append_le(parts.prefix, fields.version);
    append_compact_size(parts.prefix, 1);
    base::append(parts.prefix, Uint256{}.as_bytes());
    base::append_le(parts.prefix, std::uint32_t{0xffffffff});
    append_compact_size(parts.prefix, script_size);
    base::append(parts.prefix, fields.script_sig_begin);

    base::append_le(parts.suffix, fields.sequence);
    append_compact_size(parts.suffix, fields.outputs_count);
    base::append(parts.suffix, fields.outputs);
    base::append_le(parts.suffix, fields.locktime);
    return parts;
}

base::Bytes with_coinbase_witness(base::ByteView stripped) {
    constexpr std::size_t version_size = 4;
    constexpr std::size_t locktime_size = 4;
    if (stripped.size() < version_size + locktime_size) return base::to_bytes(stripped);
    base::Bytes whole = base::to_bytes(stripped.first(version_size));
    whole.push_back(std::byte{0x00});  // marker
    whole.push_back(std::byte{0x01});  // flag
    base::append(whole,
                 stripped.subspan(version_size, stripped.size() - version_size - locktime_size));
    append_compact_size(whole, 1);  // one item in the one input's witness:
    append_compact_size(whole, 32);
    base::append(whole, Uint256{}.as_bytes());
    base::append(whole, stripped.last(locktime_size));
    return whole;
}

}  // namespace bitcoin
