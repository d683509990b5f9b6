"""./dev bench vardiff: how soon a changed miner is followed, and how often a steady one is changed.

Miners are simulated, and every algorithm sees the same streams of shares: ours, and those of other
pools as they are described, at the rate of shares that they have in the field and at ours. The
quickest test for a change whose size is known is simulated beside them; nothing can be quicker.
"""

import json
import subprocess
import time

import bench_vardiff_report
import cmake
from console import Failure, say

PROGRAM = "vardiff_bench"
PRESET = "dev"  # optimised enough, and built already
SEEDS, QUICK_SEEDS = 3000, 400

OURS = "adit"
CHANGES_PER_HOUR_MAX = 1 / 4
DELAY_OF_OPTIMUM_MAX = 1.5
BOUNDED_STEPS = {"0.5": "halved", "2": "doubled", "0.1": "a tenth"}
COMPARED_STEPS = {**BOUNDED_STEPS, "10": "tenfold", "0.01": "a hundredth", "100": "a hundredfold"}
# When a change is met, not when it is first answered: a first step may be of any size.
DELAYS = {"within_mean": "mean time until within 20 %", "within_median": "median of it"}


def measure(seeds: int) -> dict:
    program = cmake.folder(PRESET) / "bin" / PROGRAM
    done = subprocess.run([program, "--seeds", str(seeds)], text=True, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        raise Failure(f"{PROGRAM} ended with status {done.returncode}: {done.stderr[-300:]}")
    return json.loads(done.stdout)


def ours_at(found: dict, shares_per_minute: float) -> dict:
    return next(each for each in found["measured"]
                if each["algorithm"] == OURS and each["shares_per_minute"] == shares_per_minute)


def missed(found: dict) -> list[str]:
    """Every bound that does not hold, in words."""
    return false_changes_missed(found) + delays_missed(found) + beaten_by(found)


def false_changes_missed(found: dict) -> list[str]:
    rates = {f"{each['shares_per_minute']:g}/min": each["steady"]["changes_per_hour"]
             for each in found["measured"] if each["algorithm"] == OURS}
    rates["6/min over ten days"] = found["long_run"]
    return [f"a steady miner is changed {rate:.3f} times an hour at {name}, allowed is "
            f"{CHANGES_PER_HOUR_MAX:g}" for name, rate in rates.items()
            if rate > CHANGES_PER_HOUR_MAX]


def delays_missed(found: dict) -> list[str]:
    lost = []
    for when, steps in (("", ours_at(found, 6)["steps"]), (", two hours in", found["late_steps"])):
        for factor, name in BOUNDED_STEPS.items():
            delay, best = steps[factor]["detected"], found["optimum"][factor]["delay"]
            if delay > DELAY_OF_OPTIMUM_MAX * best:
                lost.append(f"{name}{when} is found after {delay / 60:.2f} min, allowed is "
                            f"{DELAY_OF_OPTIMUM_MAX * best / 60:.2f}")
    return lost


def beaten_by(found: dict) -> list[str]:
    """Algorithms that change a steady miner less often than ours at their rate, and are quicker."""
    lost = []
    for other in found["measured"]:
        if other["algorithm"] == OURS:
            continue
        ours = ours_at(found, other["shares_per_minute"])
        if other["steady"]["changes_per_hour"] >= ours["steady"]["changes_per_hour"]:
            continue
        for factor, name in COMPARED_STEPS.items():
            for delay, what in DELAYS.items():
                theirs = other["steps"][factor]
                if theirs["runs"] > 0 and theirs[delay] < ours["steps"][factor][delay]:
                    lost.append(f"{other['algorithm']} at {other['shares_per_minute']:g}/min has "
                                f"fewer false changes and is quicker: {name}, {what}")
    return lost


def bench(is_quick: bool, is_to_write: bool) -> str:
    say(cmake.build(PRESET, PROGRAM))
    seeds = QUICK_SEEDS if is_quick else SEEDS
    started = time.monotonic()
    found = measure(seeds)
    say(f"{seeds} streams for each step, {time.monotonic() - started:.0f} s")
    for line in bench_vardiff_report.text(found):
        say(line)
    if is_to_write:
        for path in bench_vardiff_report.write(found):
            say(f"wrote {path}")
    lost = missed(found)
    if lost:
        raise Failure(f"{len(lost)} bounds missed: {'; '.join(lost)}")
    ours = ours_at(found, 6)
    worst = max(ours["steps"][factor]["detected"] / found["optimum"][factor]["delay"]
                for factor in BOUNDED_STEPS)
    return (f"a steady miner is changed {ours['steady']['changes_per_hour']:.2f} times an hour, "
            f"changes are found in at most {worst:.2f} times the shortest time possible, and no "
            f"other is better in both")
