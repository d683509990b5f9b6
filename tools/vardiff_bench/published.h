#pragma once

#include <memory>

#include "vardiff_bench/algorithm.h"

namespace vardiff_bench {

/// Null for ours.
std::unique_ptr<Algorithm> make_published(Name name, double shares_per_minute);

}  // namespace vardiff_bench
