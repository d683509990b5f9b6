#pragma once

#include <span>
#include <vector>

#include "bitcoin/uint256.h"

namespace bitcoin {

/// The merkle root of a block from its first transaction's id and the siblings on the way up:
/// root = txid; for each node: root = sha256d(root || node). Raw bytes, no reversal; an empty
/// path gives the txid (Sv2 5.3.16).
Uint256 fold_merkle_path(Uint256 txid, std::span<const Uint256> path);

/// fold_merkle_path for many at once, in place: each of `nodes` is a txid before and its root
/// after, by the path at its index. Neighbours whose paths are equally long are hashed together.
void fold_merkle_paths(std::span<Uint256> nodes, std::span<const std::span<const Uint256>> paths);

/// The siblings of the coinbase on the way up. `txids` are the block's other transactions, in
/// order, so that the coinbase need not be known yet.
std::vector<Uint256> coinbase_merkle_path(std::span<const Uint256> txids);

/// The root over all leaves; an odd level repeats its last node. Zero for no leaves.
Uint256 merkle_root(std::span<const Uint256> leaves);

}  // namespace bitcoin
