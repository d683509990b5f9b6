#include "bitcoin/merkle.h"

#include "bitcoin/sha256.h"

namespace bitcoin {
namespace {

/// The next level up; an odd level repeats its last node.
std::vector<Uint256> parents(const std::vector<Uint256>& level) {
    std::vector<Uint256> above;
    above.reserve((level.size() + 1) / 2);
    for (std::size_t i = 0; i < level.size(); i += 2)
        above.push_back(sha256d_pair(level[i], i + 1 < level.size() ? level[i + 1] : level[i]));
    return above;
}

}  // namespace

Uint256 fold_merkle_path(Uint256 txid, std::span<const Uint256> path) {
    for (const auto& node : path) txid = sha256d_pair(txid, node);
    return txid;
}

void fold_merkle_paths(std::span<Uint256> nodes, std::span<const std::span<const Uint256>> paths) {
    std::size_t i = 0;
    for (; i + 1 < nodes.size(); i += 2) {
        if (paths[i].size() != paths[i + 1].size()) {
            nodes[i] = fold_merkle_path(nodes[i], paths[i]);
            nodes[i + 1] = fold_merkle_path(nodes[i + 1], paths[i + 1]);
            continue;
        }
        for (std::size_t level = 0; level < paths[i].size(); ++level)
            sha256d_two_pairs(nodes[i], paths[i][level], nodes[i + 1], paths[i + 1][level]);
    }
    if (i < nodes.size()) nodes[i] = fold_merkle_path(nodes[i], paths[i]);
}

std::vector<Uint256> coinbase_merkle_path(std::span<const Uint256> txids) {
    std::vector<Uint256> path;
    // The first node of each level is the coinbase's own ancestor: any value will do for it.
    std::vector<Uint256> level{Uint256{}};
    level.insert(level.end(), txids.begin(), txids.end());
    while (level.size() > 1) {
        path.push_back(level[1]);
        level = parents(level);
    }
    return path;
}

Uint256 merkle_root(std::span<const Uint256> leaves) {
    if (leaves.empty()) return Uint256{};
    std::vector<Uint256> level{leaves.begin(), leaves.end()};
    while (level.size() > 1) level = parents(level);
    return level.front();
}

}  // namespace bitcoin
