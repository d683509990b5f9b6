#pragma once

#include "base/clock.h"
#include "service/chassis.h"
#include "vardiff/retargeting.h"
#include "vardiff/upkeep.h"

namespace vardiff {

/// Has the problems looked for: partitions whose log is not read to its end, and publishes them as
/// a stage, too. All parts outlive the chassis' loop.
void watch_partitions(service::Chassis& chassis, const base::Clock& clock,
                      const Partitions& partitions);

/// Sums that stand before a record that cannot be read.
void watch_sums(service::Problems& problems, const Projectors& projectors);

}  // namespace vardiff
