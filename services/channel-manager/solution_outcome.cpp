#include "channel-manager/solution_outcome.h"

namespace channel_manager {

SolutionOutcome to_outcome(const base::Result<rpc::SolutionStored, rpc::SolutionError>& result) {
    if (result) return SolutionOutcome::stored;
    switch (result.error()) {
        case rpc::SolutionError::unavailable: return SolutionOutcome::unavailable;
        case rpc::SolutionError::unknown_template: return SolutionOutcome::unknown_template;
        case rpc::SolutionError::incomplete_template: return SolutionOutcome::incomplete_template;
        case rpc::SolutionError::not_a_block: return SolutionOutcome::not_a_block;
    }
    return SolutionOutcome::unavailable;
}

}  // namespace channel_manager
