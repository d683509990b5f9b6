#pragma once

#include <vector>

#include "noise/ellswift.h"

namespace noise {

/// Ephemeral keys made ahead, in an idle moment, so that a handshake does not wait for its own: a
/// third of a responder's work. A key is given out once and then gone from here; what is left at
/// the end is wiped.
///
/// Owned by who answers handshakes; each key has fresh randomness of its own.
class EphemeralStash {
  public:
    /// Holds at most `size_max` keys, and memory for those from the start. `random` outlives it.
    EphemeralStash(base::Random& random, std::size_t size_max);

    /// One that is there, or one made now.
    EphemeralKey take();
    /// Makes one more; does nothing when it is full.
    void make_one();

    bool is_full() const { return keys_.size() == size_max_; }
    std::size_t size() const { return keys_.size(); }

  private:
    base::Random& random_;
    std::size_t size_max_;
    std::vector<EphemeralKey> keys_{};
};

}  // namespace noise
