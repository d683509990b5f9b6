"""What ./dev rollout demands of a run: pure, of what was written down."""

import math
from dataclasses import dataclass, field

WITHOUT_WORK_MAX_S = 5.0
STALE_MAX = 0.01
STALE = "stale-share"
# In the chain, or another one was there first.
BLOCKS_WELL = {"STATE_ACCEPTED", "STATE_IN_CHAIN", "STATE_CONFIRMED", "STATE_ORPHANED"}
# As drain settings of the gateway have it: a small one need not take all of its spread.
SPREAD_A_CONNECTION_S = 0.01
# Of the connections of a gateway that drains, so many may end before they were asked to leave.
UNASKED_MAX = 0.02
# How far the moments may be from evenly spread: what a busy machine does, the 1 % level of the test
# of Kolmogorov and Smirnov, and what a gateway's turns of 100 ms make of a short drain.
UNEVEN_MAX, UNEVEN_CHANCE, TURN_S = 0.10, 1.63, 0.1
# Fewer connections, or a shorter drain, tell nothing of evenness.
DRAINED_MIN, WINDOW_MIN_S = 10, 2.0
# Between our clock and the load's.
CLOCKS_S = 0.2
# Of the shares that were to be sent, what a run has that says anything; and the beginning without them.
SENT_MIN, RAMP_S = 0.85, 6.0
A_BLOCK_WITHIN_S = 60.0
BINS = 10
BAR_MAX = 40


@dataclass(frozen=True)
class Drain:
    """A gateway's, in seconds of the load."""

    gateway: str
    began_s: float    # when it was asked to stop
    ended_s: float    # when its process was gone
    spread_s: float   # as configured
    notice_s: float   # from being asked to asking the first miner
    connections: int  # that it had

    @property
    def window_s(self) -> tuple[float, float]:
        """Within which its miners are asked to leave."""
        begins = self.began_s + self.notice_s
        return begins, begins + min(self.spread_s, SPREAD_A_CONNECTION_S * self.connections)


@dataclass
class Verdict:
    problems: list[str] = field(default_factory=list)
    table: list[tuple[str, str]] = field(default_factory=list)
    histograms: list[str] = field(default_factory=list)

    def fail(self, what: str) -> None:
        self.problems.append(what)

    def tell(self, what: str, value: str) -> None:
        self.table.append((what, value))


def unevenness(moments: list[float], begin: float, end: float) -> float:
    """The largest distance between their distribution and an even one: 0 is even, 1 all at once."""
    worst, count = 0.0, len(moments)
    for number, moment in enumerate(sorted(moments)):
        even = min(max((moment - begin) / (end - begin), 0.0), 1.0)
        worst = max(worst, abs(even - number / count), abs((number + 1) / count - even))
    return worst


def unevenness_max(count: int, window_s: float) -> float:
    return UNEVEN_MAX + UNEVEN_CHANCE / math.sqrt(count) + (TURN_S + CLOCKS_S) / window_s


def histogram(moments: list[float], begin: float, end: float) -> list[str]:
    """As lines of text: what came before, so many bins of the window, what came after."""
    width = (end - begin) / BINS
    counts = [0] * (BINS + 2)
    for moment in moments:
        counts[min(max(math.floor((moment - begin) / width), -1), BINS) + 1] += 1
    scale = max(1, -(-max(counts) // BAR_MAX))
    lines = []
    for number, count in enumerate(counts):
        if number in (0, BINS + 1) and not count:
            continue
        at = "before" if number == 0 else "after" if number == BINS + 1 \
            else f"{(number - 1) * width:.1f} s"
        lines.append(f"{at:>8} {count:5} {'#' * -(-count // scale)}".rstrip())
    return lines


def judge_drain(verdict: Verdict, drain: Drain, reconnects: list[dict]) -> None:
    those = [one for one in reconnects
             if drain.began_s - CLOCKS_S <= one["at"] <= drain.ended_s + CLOCKS_S]
    begin, end = drain.window_s
    moments = [one["at"] for one in those]
    unasked = sum(not one["asked"] for one in those)
    verdict.histograms += [f"{drain.gateway}: {len(those)} miners sent away, {unasked} of them not "
                           f"asked, over {end - begin:.1f} s", *histogram(moments, begin, end)]
    if drain.connections < DRAINED_MIN:
        return
    if len(those) < drain.connections * (1 - UNASKED_MAX):
        verdict.fail(f"{drain.gateway} had {drain.connections} connections and only {len(those)} "
                     "miners connected again")
        return
    if unasked > UNASKED_MAX * len(those):
        verdict.fail(f"{drain.gateway} ended {unasked} connections that it had not asked to leave")
    if end - begin < WINDOW_MIN_S:
        verdict.tell(f"unevenness of {drain.gateway}'s drain", "too short to be judged")
        return
    uneven, most = unevenness(moments, begin, end), unevenness_max(len(those), end - begin)
    verdict.tell(f"unevenness of {drain.gateway}'s drain", f"{uneven:.2f} (at most {most:.2f})")
    if uneven > most:
        verdict.fail(f"the miners of {drain.gateway} did not leave evenly over its drain "
                     f"({uneven:.2f}, at most {most:.2f})")


def judge_work(verdict: Verdict, summary: dict) -> None:
    """The limit holds on top of what the miners themselves were late by: a machine that is busy with
    something else stops everybody now and then."""
    without, late_s = summary["without_work"], summary["late_us"]["max"] / 1e6
    most = WITHOUT_WORK_MAX_S + late_s
    verdict.tell("longest without usable work", f"{without['longest_s']:.2f} s")
    verdict.tell("longest that the machine held up a miner", f"{late_s:.2f} s")
    long = sorted((one for one in without["over_5s"] if one["seconds"] > most),
                  key=lambda one: -one["seconds"])
    if long:
        verdict.fail(f"{len(long)} times a miner was without usable work for over {most:.1f} s, "
                     f"{long[0]['miner']} for {long[0]['seconds']:.1f} s")


def judge_shares(verdict: Verdict, summary: dict, share_rate: float) -> None:
    honest = summary["shares"]["honest"]
    answered = honest["accepted"] + honest["rejected"]
    if not honest["accepted"]:
        verdict.fail("not one share was accepted")
        return
    reasons = honest["rejected_by_reason"]
    stale = reasons.get(STALE, 0) / answered
    verdict.tell("shares", f"{honest['submitted']} ({honest['submitted'] / summary['seconds']:.0f} a "
                 f"second): {honest['accepted']} accepted, {honest['rejected']} rejected, "
                 f"{honest['unknown']} lost with their connection")
    blocks = summary["new_block_us"]["count"]
    verdict.tell("stale", f"{stale:.2%} with {blocks} new blocks")
    if not blocks and summary["seconds"] > A_BLOCK_WITHIN_S:
        verdict.fail("no new block came: that no share was stale says nothing")
    times = summary["answer_us"]
    verdict.tell("answers", f"p50 {times['p50'] / 1000:.1f} ms, p99 {times['p99'] / 1000:.1f} ms, "
                 f"longest {times['max'] / 1e6:.2f} s")
    if stale > STALE_MAX:
        verdict.fail(f"{stale:.2%} of the shares were stale")
    strange = {reason: count for reason, count in reasons.items() if reason != STALE}
    if strange:
        verdict.fail("honest shares were rejected as "
                     + ", ".join(f"{reason} ({count})" for reason, count in strange.items()))
    if honest["waiting"]:
        verdict.fail(f"{honest['waiting']} shares had no answer at the end")
    wanted = share_rate * (summary["seconds"] - RAMP_S)
    if honest["submitted"] < SENT_MIN * wanted:
        verdict.fail(f"only {honest['submitted']} shares were sent, where {wanted:.0f} were to be: "
                     "this run says nothing")


def judge_blocks(verdict: Verdict, states: dict[str, int]) -> None:
    """Those that the miners found, by what became of them. Somebody else may have been faster."""
    verdict.tell("blocks found", ", ".join(f"{count} {state.removeprefix('STATE_').lower()}"
                                           for state, count in sorted(states.items())) or "none")
    lost = sum(count for state, count in states.items() if state not in BLOCKS_WELL)
    if lost:
        verdict.fail(f"{lost} blocks that were found are not in the chain")


def judge(summary: dict, drains: list[Drain], share_rate: float,
          blocks: dict[str, int]) -> Verdict:
    """`blocks` are those that the miners found, by their state."""
    verdict = Verdict()
    judge_blocks(verdict, blocks)
    judge_shares(verdict, summary, share_rate)
    judge_work(verdict, summary)
    for drain in drains:
        judge_drain(verdict, drain, summary["reconnects"])
    if summary["odd"]:
        verdict.fail("the pool did what it should not: "
                     + ", ".join(f"{what} ({count})" for what, count in summary["odd"].items()))
    return verdict
