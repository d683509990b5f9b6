#include "bitcoin/merkle.h"

#include <array>

#include "bitcoin/sha256.h"
#include "bitcoin/sha256_kernels.h"

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
    static_assert(sizeof(Uint256) == 32, "a path's nodes lie one after another");
    constexpr std::size_t at_once = 16;
    std::array<std::uint8_t*, at_once> lanes{};
    std::array<const std::uint8_t*, at_once> rights{};
    for (std::size_t i = 0; i < nodes.size();) {
        const auto levels = paths[i].size();
        std::size_t count = 0;
        for (; count < at_once && i < nodes.size() && paths[i].size() == levels; ++count, ++i) {
            lanes[count] = nodes[i].bytes.data();
            rights[count] = levels == 0 ? nullptr : paths[i].data()->bytes.data();
        }
        if (levels != 0) best_sha256_kernel().fold(lanes.data(), rights.data(), levels, count);
    }
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
