#include "vardiff/death_watch.h"

#include <utility>

namespace vardiff {

std::vector<mining::Epoch> DeathWatch::look(const SignsOfLife& seen, base::SteadyTime now) {
    const bool has_watched = now - last_look_ <= settings_.look_at_least;
    last_look_ = now;
    auto before = std::exchange(silent_, {});
    std::vector<mining::Epoch> gone;
    for (const auto& [epoch, sequences] : seen.known) {
        if (seen.beating.contains(epoch)) continue;
        const auto at = before.find(epoch);
        const bool was_silent =
            has_watched && at != before.end() && at->second.sequences == sequences;
        const auto since = was_silent ? at->second.since : now;
        silent_[epoch] = {since, sequences};
        if (now - since >= settings_.silent_for) gone.push_back(epoch);
    }
    return gone;
}

}  // namespace vardiff
