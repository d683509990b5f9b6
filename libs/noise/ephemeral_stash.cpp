#include "noise/ephemeral_stash.h"

#include <utility>

namespace noise {

EphemeralStash::EphemeralStash(base::Random& random, std::size_t size_max)
    : random_(random), size_max_(size_max) {
    keys_.reserve(size_max);
}

EphemeralKey EphemeralStash::take() {
    if (keys_.empty()) return make_ephemeral_key(random_);
    EphemeralKey key = std::move(keys_.back());
    keys_.pop_back();  // what was moved from is wiped
    return key;
}

void EphemeralStash::make_one() {
    if (!is_full()) keys_.push_back(make_ephemeral_key(random_));
}

}  // namespace noise
