#include "vardiff/replicas.h"

#include <algorithm>
#include <utility>

#include "bus/mix.h"

namespace vardiff {

std::uint64_t replica_for(std::uint32_t partition, const std::vector<std::uint64_t>& replicas) {
    return *std::max_element(replicas.begin(), replicas.end(),
                             [partition](std::uint64_t a, std::uint64_t b) {
                                 const auto score = [partition](std::uint64_t id) {
                                     return std::pair{bus::mix(id ^ bus::mix(partition)), id};
                                 };
                                 return score(a) < score(b);
                             });
}

}  // namespace vardiff
