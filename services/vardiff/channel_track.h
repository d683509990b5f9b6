#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "bitcoin/target.h"
#include "retarget/range.h"
#include "retarget/track.h"
#include "vardiff/policies.h"

namespace vardiff {

/// Why a channel has the target that it has: what happened, oldest first, for an operator.
struct Opened {
    double nominal_hash_rate{};
    bitcoin::Target target{};
    friend bool operator==(const Opened&, const Opened&) = default;
};
/// Its opening is no longer in the log: the target of its first share there is taken for right.
struct Found {
    bitcoin::Target target{};
    friend bool operator==(const Found&, const Found&) = default;
};
struct Decided {
    retarget::Change change{};
    /// What was proposed; what was in force before where it is already at its limit.
    bitcoin::Target target{};
    friend bool operator==(const Decided&, const Decided&) = default;
};
/// Another policy, or other limits of the channel, ask for another target.
struct Rebased {
    bitcoin::Target target{};
    friend bool operator==(const Rebased&, const Rebased&) = default;
};
/// The miner has said that its hash rate is another one, and is believed: a proxy whose miners came
/// or left.
struct Restated {
    double nominal_hash_rate{};
    friend bool operator==(const Restated&, const Restated&) = default;
};
/// The gateway has sent it to the miner.
struct Applied {
    bitcoin::Target target{};
    friend bool operator==(const Applied&, const Applied&) = default;
};
struct HistoryEntry {
    base::UnixMicros at{};
    std::variant<Opened, Found, Decided, Rebased, Restated, Applied> what{};
    friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};

/// So many are remembered of a channel: what led to the last few targets.
inline constexpr std::size_t history_max = 16;

/// One channel as vardiff sees it. A value.
struct ChannelTrack {
    std::string user_identity{};
    bitcoin::Target max_target{bitcoin::target_max()};
    /// What the miner has said of its hash rate, 0 where it says nothing.
    double nominal_hash_rate{};
    /// In force, as the log says.
    bitcoin::Target target{};
    /// Wanted last; absent while nothing else than what the channel opened with ever was.
    std::optional<bitcoin::Target> proposed{};
    retarget::Track track;
    std::deque<HistoryEntry> history{};
    /// For how many looks the target in force has been one that nobody wants here; 0: it is not.
    /// Of this replica, and no part of a checkpoint.
    std::uint32_t foreign_for{};
};

/// Whether the two are far enough apart for a miner to be told.
bool is_worth_a_target(const bitcoin::Target& from, const bitcoin::Target& to);

void remember(ChannelTrack& channel, base::UnixMicros at, decltype(HistoryEntry::what) what);

/// Looks at the evidence. The target to propose, if another one.
std::optional<bitcoin::Target> decide(ChannelTrack& channel, const Terms& terms,
                                      const Bounds& bounds);

/// The gateway has sent it to the miner.
void apply(ChannelTrack& channel, const bitcoin::Target& target, base::UnixMicros at);

/// One more look. Another replica, which has left the channel to this one, may have had the last
/// word with its gateway: the target to propose again where what is in force is no longer expected
/// to become what was proposed.
std::optional<bitcoin::Target> insist(ChannelTrack& channel);

/// The miner says another hash rate than it did. It is believed where its shares say nothing yet,
/// and where they have borne out what it said before; then as a change of what is known by now. The
/// evidence begins anew, so that a word that is not kept is found out as any change is.
void restate(ChannelTrack& channel, double nominal_hash_rate_hps, base::UnixMicros at);

/// The policy or a limit has changed, or the channel is new: what its hash rate asks for now. The
/// target to propose, if that is worth one.
std::optional<bitcoin::Target> rebase(ChannelTrack& channel, const Terms& terms,
                                      const Bounds& bounds);

}  // namespace vardiff
