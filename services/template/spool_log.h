#pragma once

#include "template/metrics.h"
#include "template/solutions.h"

namespace templates {

/// What happens to blocks, as operators are told: a line in the log, and a count by stage.
void log_block_event(const SpooledBlock& block, const BlockEvent& event);

/// A block counts once at each stage, whichever node took it there; the chain may count it again
/// after a reorganisation. What a single node refuses or is spared is no stage of the block.
void count_block_event(Metrics& metrics, const Solutions::Publish& publish);

/// Every stage from the start, at 0: what appears with its first block has never risen.
void show_block_stages(Metrics& metrics);

}  // namespace templates
