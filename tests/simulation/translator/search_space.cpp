#include "simulation/translator/search_space.h"

#include <algorithm>
#include <cstddef>

namespace simulation {

bool SearchSpace::overlaps(const SearchSpace& other) const {
    const auto size = std::min(fixed.size(), other.fixed.size());
    return job == other.job &&
           std::equal(fixed.begin(), fixed.begin() + static_cast<std::ptrdiff_t>(size),
                      other.fixed.begin());
}

std::optional<SearchSpace> search_space_of(const miner::Coinbase& coinbase,
                                           base::ByteView extranonce1) {
    auto begin = coinbase.prefix;
    base::append(begin, extranonce1);
    const auto job = auditor::ledger_job_of(begin);
    if (!job) return std::nullopt;
    base::Bytes name;
    base::append(name, job->template_ref.to_bytes());
    name.push_back(static_cast<std::byte>(job->variant.value >> 8));
    name.push_back(static_cast<std::byte>(job->variant.value & 0xff));
    base::append(name, job->channel.to_bytes());
    const auto found = std::search(begin.begin(), begin.end(), name.begin(), name.end());
    return SearchSpace{.job = *job,
                       .fixed = {found + static_cast<std::ptrdiff_t>(name.size()), begin.end()}};
}

}  // namespace simulation
