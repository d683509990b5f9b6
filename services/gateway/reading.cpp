#include "gateway/reading.h"

#include <utility>

namespace gateway {

Reading::Look Reading::look(bool has_room, const edge::RequestPace::Limits& requests,
                            base::SteadyTime now) {
    if (!has_room) {
        const bool has_begun = !paused_since_;
        if (has_begun) paused_since_ = now;
        return {Held::no_room, has_begun};
    }
    if (pace_.is_ahead(requests, now)) return {Held::too_fast, !std::exchange(is_paced_, true)};
    is_paced_ = false;
    if (paused_since_) {
        // The peer is not late by the time in which we did not read.
        const auto paused = now - *std::exchange(paused_since_, {});
        phase_since_ += paused;
        if (frame_since_) *frame_since_ += paused;
    }
    return {};
}

void Reading::on_read(std::size_t requests, const edge::RequestPace::Limits& limits,
                      bool is_between_frames, bool is_set_up, base::SteadyTime now) {
    pace_.add(requests, limits, now);
    if (!is_between_frames && !frame_since_) frame_since_ = now;
    if (!was_set_up_ && is_set_up) {
        was_set_up_ = true;
        phase_since_ = now;
    }
}

Progress Reading::progress(const Session* session, std::optional<base::SteadyTime> unwritten_since,
                           base::SteadyTime now) const {
    using Phase = Progress::Phase;
    Progress progress{.phase = Phase::handshake,
                      .phase_since = paused_since_ ? now : phase_since_,
                      .frame_since = paused_since_ ? std::nullopt : frame_since_,
                      .unwritten_since = unwritten_since};
    if (session != nullptr) {
        const bool has_asked = session->ever_opened() || session->pending_opens() != 0;
        progress.phase = !session->is_set_up() ? Phase::setup
                         : has_asked           ? Phase::mining
                                               : Phase::first_channel;
    }
    return progress;
}

}  // namespace gateway
