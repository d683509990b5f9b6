#pragma once

#include <optional>

#include "base/clock.h"
#include "edge/unread.h"

namespace edge {

/// Since when a peer takes nothing of what the kernel has for it. Of ten thousand miners most were
/// sent nothing since the kernel had nothing for them: it need not be asked about those.
class UnreadWatch {
  public:
    /// The kernel took bytes for the peer.
    void wrote(base::SteadyTime now) {
        if (!written_since_) written_since_ = now;
    }
    /// Whether the kernel's answer may be that something stands, or none any more.
    bool wants_answer(base::SteadyTime now) const {
        return written_since_ && now - *written_since_ >= standing_after;
    }
    /// The kernel's answer.
    void answered(Unread unread, base::SteadyTime now) {
        if (unread == Unread::none) written_since_.reset();
        if (unread != Unread::standing)
            standing_since_.reset();
        else if (!standing_since_)
            standing_since_ = now;
    }
    /// Since when it was seen to take nothing; nothing while it does.
    std::optional<base::SteadyTime> standing_since() const { return standing_since_; }

  private:
    std::optional<base::SteadyTime> written_since_{};  // the first since the kernel had nothing
    std::optional<base::SteadyTime> standing_since_{};
};

}  // namespace edge
