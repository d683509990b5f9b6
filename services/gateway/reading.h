#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "edge/request_pace.h"
#include "gateway/deadlines.h"
#include "gateway/session.h"

namespace gateway {

/// Whether a connection is to be read on, and how late its miner is. Pure: the connection, which
/// has the socket, asks before and after each read.
class Reading {
  public:
    explicit Reading(base::SteadyTime now) : phase_since_(now) {}

    enum class Held { no, no_room, too_fast };
    struct Look {
        Held held{};
        bool has_begun{};  ///< it was not held for this reason at the last look
    };
    /// TCP passes the pressure on to the miner. Asked before and after each read: a socket that
    /// was idle when the partition filled must not add to it.
    Look look(bool has_room, const edge::RequestPace::Limits& requests, base::SteadyTime now);
    bool is_held() const { return paused_since_ || is_paced_; }
    /// Nearly too fast: it is to be read in bites.
    bool is_hasty(const edge::RequestPace::Limits& requests, base::SteadyTime now) const {
        return pace_.is_ahead({requests.per_second, requests.burst / 2}, now);
    }
    /// Why it is not read at the moment; empty while it is.
    std::string_view held_by() const {
        if (paused_since_) return "back-pressure";
        return is_paced_ ? "requests" : "";
    }

    /// The handshake is done.
    void on_handshake(base::SteadyTime now) { phase_since_ = now; }
    /// A whole frame was there.
    void on_frame() { frame_since_.reset(); }
    /// All that was read has been looked at: so many requests, perhaps the beginning of a frame.
    void on_read(std::size_t requests, const edge::RequestPace::Limits& limits,
                 bool is_between_frames, bool is_set_up, base::SteadyTime now);

    /// How far it has come; `session` is null during the handshake.
    Progress progress(const Session* session, std::optional<base::SteadyTime> unwritten_since,
                      base::SteadyTime now) const;

  private:
    edge::RequestPace pace_{};
    // When the present phase began: accept, the end of the handshake, SetupConnection.
    base::SteadyTime phase_since_;
    bool was_set_up_{};
    std::optional<base::SteadyTime> frame_since_{};
    std::optional<base::SteadyTime> paused_since_{};
    bool is_paced_{};
};

}  // namespace gateway
