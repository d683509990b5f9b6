#pragma once

#include <string>
#include <string_view>

namespace canary {

/// What a ledger may be made to break. WAIT needs nothing of the kind: `redis.replicas = 0`.
struct Breach {
    /// A batch that comes again is taken for a new one.
    bool ignores_replays = false;
    /// Every share is credited, also one that was credited before.
    bool ignores_duplicates = false;
};

/// The commit script without the checks that `breach` names. Throws std::logic_error when the
/// script no longer has the line that is to be replaced.
std::string broken_script(std::string_view commit, const Breach& breach);

}  // namespace canary
