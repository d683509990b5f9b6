#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bitcoin/target.h"
#include "retarget/policy.h"

namespace vardiff {

/// The targets that the pool gives at all.
struct Bounds {
    bitcoin::Target hardest{};
    bitcoin::Target easiest{bitcoin::target_max()};
    friend bool operator==(const Bounds&, const Bounds&) = default;
};

/// What an operator wants: for every channel, and for those of some identities instead. A value.
struct PolicySet {
    /// Counts the changes, so that the newest of several wins.
    std::uint64_t version{};
    retarget::Policy common{};
    Bounds bounds{};
    /// By the user_identity as it was opened with, or by its part before the first dot.
    std::map<std::string, retarget::Policy, std::less<>> by_identity{};
    friend bool operator==(const PolicySet&, const PolicySet&) = default;
};

/// So many identities may have a policy of their own: each is looked up, kept and sent as a whole.
inline constexpr std::size_t identities_max = 10'000;

/// A policy with what follows from it.
struct Terms {
    retarget::Policy policy{};
    retarget::Rules rules{};
};

/// A PolicySet made ready for channels. Immutable: a change makes another one.
class Policies {
  public:
    explicit Policies(PolicySet set);

    const PolicySet& set() const { return set_; }
    const Bounds& bounds() const { return set_.bounds; }
    /// Lives as long as this does.
    const Terms& terms_for(std::string_view user_identity) const;

  private:
    PolicySet set_;
    Terms common_;
    std::map<std::string, Terms, std::less<>> by_identity_{};
};

}  // namespace vardiff
