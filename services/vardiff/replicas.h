#pragma once

#include <cstdint>
#include <vector>

namespace vardiff {

/// Which replica works on a partition: the one with the highest score for it (rendezvous), so that
/// a replica that comes or goes moves its own share of them alone. `replicas` are process ids, in
/// any order; not empty.
std::uint64_t replica_for(std::uint32_t partition, const std::vector<std::uint64_t>& replicas);

}  // namespace vardiff
