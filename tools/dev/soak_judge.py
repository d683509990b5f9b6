"""What ./dev soak demands of a run: pure, of what was written down."""

import statistics
from dataclasses import dataclass, field

from soak_pool import Kill, Sample

GAP_MAX_S = 5.0
# A gap that begins so long before a kill, or ends so long after all is back, is not the kill's.
BEFORE_KILL_S, AFTER_KILL_S = 2.0, 10.0
# Shares of the block before are a matter of how often blocks come; here it is every few seconds.
STALE_MAX = 0.05
STALE = "21"
# Growth that is the allocator's, or one more connection's.
MEMORY_GROWTH_MAX, MEMORY_GROWTH_BYTES = 0.10, 4 << 20
# A miner that has found nothing for so many times its usual pause: e^-14 by chance.
USUAL_PAUSES_MAX = 14.0
# Four of five miners suggest what is two or four times off; whoever comes back begins anew, and
# fifteen shares a minute tell it in some minutes.
MOVED_MIN, AWAY_MAX = 1 / 5, 1 / 4
HASHES_OF_DIFFICULTY_1 = 2.0 ** 32


@dataclass
class Verdict:
    problems: list[str] = field(default_factory=list)
    table: list[tuple[str, str]] = field(default_factory=list)

    def fail(self, what: str) -> None:
        self.problems.append(what)

    def tell(self, what: str, value: str) -> None:
        self.table.append((what, value))


def is_of_a_kill(gap: dict, kills: list[Kill]) -> bool:
    return any(gap["from_us"] >= kill.at_us - BEFORE_KILL_S * 1e6
               and gap["to_us"] <= kill.back_us + AFTER_KILL_S * 1e6 for kill in kills)


def seconds_of(gap: dict) -> float:
    return (gap["to_us"] - gap["from_us"]) / 1e6


def judge_gaps(verdict: Verdict, miners: list[dict], kills: list[Kill]) -> None:
    of_kills, others = [], []
    for miner in miners:
        for gap in miner["gaps"]:
            (of_kills if is_of_a_kill(gap, kills) else others).append((seconds_of(gap), gap["kind"],
                                                                       miner["name"]))
    verdict.tell("longest without service, apart from kills",
                 f"{max(others)[0]:.2f} s ({max(others)[1]})" if others else "below 1 s")
    verdict.tell("longest without service, around kills",
                 f"{max(of_kills)[0]:.2f} s ({max(of_kills)[1]})" if of_kills else "below 1 s")
    late = sorted((gap for gap in others if gap[0] > GAP_MAX_S), reverse=True)
    if late:
        seconds, kind, name = late[0]
        verdict.fail(f"{len(late)} gaps over {GAP_MAX_S:.0f} s apart from the kills, the longest "
                     f"{seconds:.1f} s without {'an accepted share' if kind == 'refused' else kind}"
                     f" at {name}")


def judge_shares(verdict: Verdict, summary: dict, kills: list[Kill]) -> None:
    honest = summary["shares"]["honest"]
    answered = honest["accepted"] + honest["rejected"]
    if not honest["accepted"]:
        verdict.fail("not one share was accepted")
        return
    codes = honest["rejected_by_code"]
    verdict.tell("shares", f"{honest['submitted']}: {honest['accepted']} accepted, "
                 f"{honest['rejected']} rejected, {honest['unknown']} unknown")
    stale = codes.get(STALE, 0) / answered
    verdict.tell("stale, or found while no pool was there", f"{stale:.2%}")
    away = sum(kill.back_us - kill.at_us for kill in kills) / 1e6 / summary["seconds"]
    if stale > STALE_MAX + away:
        verdict.fail(f"{stale:.1%} of the shares were stale")
    strange = {code: count for code, count in codes.items() if code != STALE}
    if strange:
        verdict.fail("honest shares were rejected with "
                     + ", ".join(f"code {code} {count} times" for code, count in strange.items()))
    if honest["waiting"]:
        verdict.fail(f"{honest['waiting']} shares had no answer at the end")
    for intent in ("duplicate", "wrong_worker"):
        counts = summary["shares"].get(intent, {})
        if counts.get("accepted"):
            verdict.fail(f"{counts['accepted']} shares of kind {intent} were accepted")


def judge_miners(verdict: Verdict, miners: list[dict]) -> None:
    """Each of them that stays goes on finding shares that are accepted."""
    silent = []
    for miner in miners:
        ago = miner["accepted_s_ago"]
        pause = miner["last_difficulty"] * HASHES_OF_DIFFICULTY_1 / miner["hash_rate"]
        if (miner["seconds"] if ago is None else ago) > GAP_MAX_S + USUAL_PAUSES_MAX * pause:
            silent.append(f"{miner['name']} ({'never' if ago is None else f'{ago:.0f} s ago'})")
    if silent:
        verdict.fail(f"{len(silent)} miners had no accepted share at the end: "
                     + ", ".join(silent[:5]))


def judge_targets(verdict: Verdict, miners: list[dict]) -> None:
    """Vardiff changes difficulties, and mostly to what hash rates ask for."""
    moved = sum(miner["target_changes"] > 0 for miner in miners)
    changes = sum(miner["target_changes"] for miner in miners)
    away = sum(miner["target_changes_away"] for miner in miners)
    verdict.tell("vardiff", f"moved the difficulty of {moved} of {len(miners)} miners, {changes} "
                 f"times, {away} times clearly away from what fits")
    if moved < MOVED_MIN * len(miners):
        verdict.fail(f"vardiff moved the difficulty of {moved} of {len(miners)} miners only")
    elif away > AWAY_MAX * changes:
        verdict.fail(f"of {changes} changes of a difficulty {away} were for the worse")


def judge_odd(verdict: Verdict, summary: dict) -> None:
    if summary["odd"]:
        verdict.fail("the translator did what a pool should not: "
                     + ", ".join(f"{what} ({count})" for what, count in summary["odd"].items()))
    for kind, deeds in summary["hostile"].items():
        verdict.tell(kind, f"{deeds['lines']} lines on {deeds['connections']} connections, "
                     f"{deeds['closed']} closed")


def judge_connections(verdict: Verdict, miners: list[dict], kills: list[Kill]) -> None:
    """Where each kill may cost a miner one connection, in the layout that does so."""
    lost = sum(miner["lost"] for miner in miners)
    verdict.tell("connections that steady miners lost", str(lost))
    often = [miner["name"] for miner in miners if miner["lost"] > 2 * len(kills)]
    if often:
        verdict.fail(f"{len(often)} miners lost their connection more often than the pool was "
                     f"killed: {', '.join(often[:5])}")


def slope_growth(points: list[tuple[float, float]]) -> float:
    """By how much a straight line through the points rises from the first to the last."""
    if len(points) < 3:
        return 0.0
    mean_x = statistics.mean(x for x, _ in points)
    mean_y = statistics.mean(y for _, y in points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if spread == 0:
        return 0.0
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    return slope * (points[-1][0] - points[0][0])


def judge_resources(verdict: Verdict, samples: list[Sample], spare: int) -> None:
    """Flat in the last two thirds. `spare` is how many connections come and go."""
    settled = samples[len(samples) // 3:]
    if len(settled) < 6:
        verdict.fail("too short a run to see whether memory grows")
        return
    half = len(settled) // 2
    memory = [(sample.at_s, sample.resident_bytes) for sample in settled]
    before, after = settled[:half], settled[half:]
    growth = slope_growth(memory)
    resident = statistics.median(sample.resident_bytes for sample in before)
    verdict.tell("translator's memory", f"{memory[-1][1] / 2**20:.1f} MiB, "
                 f"{growth / 2**20:+.2f} MiB over the last two thirds, at most "
                 f"{max(sample.resident_bytes for sample in samples) / 2**20:.1f} MiB")
    if growth > max(MEMORY_GROWTH_BYTES, MEMORY_GROWTH_MAX * resident):
        verdict.fail(f"the translator's memory grew by {growth / 2**20:.1f} MiB")
    descriptors = [statistics.median(sample.descriptors for sample in part)
                   for part in (before, after)]
    verdict.tell("translator's descriptors",
                 f"{descriptors[0]:.0f} -> {descriptors[1]:.0f}, at most "
                 f"{max(sample.descriptors for sample in samples)}")
    if descriptors[1] > descriptors[0] + spare:
        verdict.fail(f"the translator's descriptors grew from {descriptors[0]:.0f} to "
                     f"{descriptors[1]:.0f}")
    used = settled[-1].cpu_s - settled[0].cpu_s
    verdict.tell("translator's CPU", f"{100 * used / (settled[-1].at_s - settled[0].at_s):.1f} %")


def times(values: dict) -> str:
    return ", ".join(f"{name} {values[key] / 1000:.1f}" for name, key in
                     (("p50", "p50"), ("p99", "p99"), ("p99.9", "p999"), ("max", "max"))) + " ms"


def judge(summary: dict, samples: list[Sample], kills: list[Kill],
          spare: int) -> Verdict:
    verdict = Verdict()
    steady = [miner for miner in summary["miners"] if miner["steady"]]
    judge_shares(verdict, summary, kills)
    verdict.tell("answer to a share", times(summary["answer_us"]))
    verdict.tell("new block, first miner to last", times(summary["new_block_us"])
                 + f" of {summary['new_block_us']['count']} blocks")
    judge_gaps(verdict, summary["miners"], kills)
    judge_miners(verdict, steady)
    judge_connections(verdict, steady, kills)
    judge_targets(verdict, steady)
    judge_resources(verdict, samples, spare)
    judge_odd(verdict, summary)
    return verdict
