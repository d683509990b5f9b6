#include "translator/coinbase_witness.h"

#include <cstddef>

namespace translator {
namespace {

constexpr std::size_t version_size = 4;
constexpr std::size_t locktime_size = 4;
// One item of 32 bytes is all that a coinbase's witness may be.
constexpr std::size_t witness_size = 1 + 1 + 32;

bool has_marker(base::ByteView prefix) {
    // Without it the count of inputs stands there, which is one.
    return prefix.size() > version_size + 2 && prefix[version_size] == std::byte{0} &&
           prefix[version_size + 1] == std::byte{1};
}

bool has_witness(base::ByteView suffix) {
    if (suffix.size() < witness_size + locktime_size) return false;
    const auto witness = suffix.last(witness_size + locktime_size);
    return witness[0] == std::byte{1} && witness[1] == std::byte{32};
}

}  // namespace

std::optional<bitcoin::CoinbaseParts> without_witness(base::ByteView prefix,
                                                      base::ByteView suffix) {
    if (!has_marker(prefix) || !has_witness(suffix)) return std::nullopt;
    bitcoin::CoinbaseParts parts;
    base::append(parts.prefix, prefix.first(version_size));
    base::append(parts.prefix, prefix.subspan(version_size + 2));
    base::append(parts.suffix, suffix.first(suffix.size() - witness_size - locktime_size));
    base::append(parts.suffix, suffix.last(locktime_size));
    return parts;
}

}  // namespace translator
