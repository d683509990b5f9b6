#include "gateway/deadlines.h"

namespace gateway {

std::optional<std::string_view> overdue(const Progress& progress, const Deadlines& deadlines,
                                        base::SteadyTime now) {
    const auto in_phase = now - progress.phase_since;
    switch (progress.phase) {
        case Progress::Phase::handshake:
            if (in_phase > deadlines.handshake_deadline) return "handshake-deadline";
            break;
        case Progress::Phase::setup:
            if (in_phase > deadlines.setup_deadline) return "setup-deadline";
            break;
        case Progress::Phase::first_channel:
            if (in_phase > deadlines.first_channel_deadline) return "no-channel-deadline";
            break;
        case Progress::Phase::mining: break;
    }
    if (progress.frame_since && now - *progress.frame_since > deadlines.frame_deadline)
        return "frame-deadline";
    if (progress.unwritten_since &&
        now - *progress.unwritten_since > deadlines.write_stall_deadline)
        return "write-stall";
    return std::nullopt;
}

}  // namespace gateway
