#pragma once

#include <string>

#include "loadgen/options.h"
#include "loadgen/statistics.h"

namespace loadgen {

/// Why no miner has had work from this pool, and what helps: a line for each cause, the most
/// frequent one first. For people.
std::string trouble_of(const Statistics& statistics, const Options& options);

}  // namespace loadgen
