"""Has the pool become slower? Absolute times say more about the machine than about the pool, so what
is compared are ratios: costs in units of a fixed loop of hashes that is timed in the same run,
before, between and after the measurements."""

import json
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

from console import Failure

PROGRAM = "hashing_yardstick"
BASELINE = Path(__file__).with_name("bench_baseline.json")
# What may be read as no change. CPU for a share repeats within some 5 % on an idle machine, but moves
# with the size of batches, hence with everything else that runs: batches of half the size cost a
# quarter more. A rate is of two cores that the load generator shares: within 15 %, on a machine of
# others half as much again. Bytes do not depend on time.
TOLERANCE_CPU = 0.35
TOLERANCE_RATE = 0.40
TOLERANCE_BYTES = 0.10


@dataclass(frozen=True)
class Ratio:
    key: str
    what: str
    tolerance: float
    is_floor: bool = False  # more is better


RATIOS = [
    *(Ratio(f"cpu_{case}_{process}", f"{process}'s CPU for a share, {what}", TOLERANCE_CPU)
      for case, what in (("extended", "extended, coalesced"), ("apart", "extended, one a segment"))
      for process in ("gateway", "channel-manager", "redis")),
    Ratio("rate_extended", "shares/s, extended, coalesced", TOLERANCE_RATE, is_floor=True),
    Ratio("rate_apart", "shares/s, extended, one a segment", TOLERANCE_RATE, is_floor=True),
    Ratio("handshake_gateway", "gateway's CPU for a handshake", TOLERANCE_CPU),
    Ratio("idle_sv2", "bytes of an idle SV2 connection", TOLERANCE_BYTES),
]
# What is a time, in µs, and what a rate; the rest is compared as it is.
_TIMES = ("cpu_", "handshake_")
_RATES = ("rate_",)


class Yardstick:
    """Times the loop when it is asked to; the median of all is what counts."""

    def __init__(self, program: Path):
        self._program = program
        self.nanoseconds: list[float] = []

    def time(self) -> None:
        done = subprocess.run([self._program], text=True, check=False, capture_output=True,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise Failure(f"{PROGRAM} ended with status {done.returncode}: {done.stderr[-300:]}")
        self.nanoseconds.append(float(done.stdout))

    def median(self) -> float:
        return statistics.median(self.nanoseconds)

    def spread(self) -> float:
        """How much the machine's speed changed meanwhile, as a part."""
        return max(self.nanoseconds) / min(self.nanoseconds) - 1


def ratios(values: dict[str, float], hash_ns: float) -> dict[str, float]:
    """Times in thousands of hashes, rates by hash."""
    found = {}
    for ratio in RATIOS:
        if ratio.key not in values:
            continue
        value = values[ratio.key]
        if ratio.key.startswith(_TIMES):
            value = value / hash_ns
        elif ratio.key.startswith(_RATES):
            value = value * hash_ns / 1e6
        found[ratio.key] = value
    return found


def worse(found: dict[str, float], baseline: dict[str, float]) -> dict[str, str]:
    """What is beyond its tolerance, in words, by key."""
    lost = {}
    for ratio in RATIOS:
        if ratio.key not in found or not baseline.get(ratio.key) or not found[ratio.key]:
            continue
        change = found[ratio.key] / baseline[ratio.key]
        if ratio.is_floor:
            change = 1 / change
        if change > 1 + ratio.tolerance:
            lost[ratio.key] = (f"{ratio.what}: {100 * (change - 1):.0f} % worse than the baseline, "
                               f"measured against the hashing loop (tolerance "
                               f"{100 * ratio.tolerance:.0f} %)")
    return lost


def processor_of(machine: str) -> str:
    """Of a machine in words, as bench_load.machine() has it."""
    return machine.partition(" cores of ")[2].partition(",")[0]


def _baselines() -> dict[str, dict]:
    return json.loads(BASELINE.read_text()) if BASELINE.exists() else {}


def read_baseline(machine: str) -> dict[str, float] | None:
    """Of a machine with the same processor: what a share costs in hashes is another number on
    another one, by a third between two that are both usual."""
    kept = _baselines().get(processor_of(machine))
    return kept["ratios"] if kept else None


def write_baseline(found: dict[str, float], machine: str, when: str, commit: str) -> None:
    kept = {"machine": machine, "date": when, "commit": commit,
            "ratios": {key: round(value, 6) for key, value in sorted(found.items())}}
    BASELINE.write_text(json.dumps({**_baselines(), processor_of(machine): kept}, indent=2,
                                   sort_keys=True) + "\n")
