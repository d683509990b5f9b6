#include "translator/miner_deadlines.h"

namespace translator {

std::optional<std::string_view> overdue(const MinerProgress& progress,
                                        const MinerDeadlines& deadlines, base::SteadyTime now) {
    const auto in_phase = now - progress.phase_since;
    switch (progress.phase) {
        case MinerProgress::Phase::handshake:
            if (in_phase > deadlines.handshake) return "handshake-deadline";
            break;
        case MinerProgress::Phase::first_line:
            if (in_phase > deadlines.first_line) return "first-line-deadline";
            break;
        case MinerProgress::Phase::subscribe:
            if (in_phase > deadlines.subscribe) return "subscribe-deadline";
            break;
        case MinerProgress::Phase::mining: break;
    }
    if (progress.line_since && now - *progress.line_since > deadlines.line) return "line-deadline";
    if (progress.unwritten_since && now - *progress.unwritten_since > deadlines.write_stall)
        return "write-stall";
    return std::nullopt;
}

}  // namespace translator
