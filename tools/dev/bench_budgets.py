"""What the pool may cost on a small machine (two cores, its load generator and its Redis on them):
every budget in one place, where it is measured, and whether a figure keeps it.

Budgets marked provisional are derived again from honest runs, and only upwards: such a floor is the
larger of what was set at first and DERIVED_PART of what the long form of ./dev bench pool measured
as median on an idle machine, rounded down to DERIVED_STEP. bench_derived.json holds what was derived;
`./dev bench pool --derive` raises it.
"""

import json
from dataclasses import dataclass
from pathlib import Path

DERIVED = Path(__file__).with_name("bench_derived.json")
# Rates of one build on one idle machine of two cores spanned 27 % within an hour: a floor that such a
# run can miss would say nothing of the pool.
DERIVED_PART = 0.70
DERIVED_STEP = 1000


@dataclass(frozen=True)
class Budget:
    """`bound` is a ceiling, or a floor where `is_floor`."""

    key: str
    what: str
    unit: str
    bound: float
    is_floor: bool = False
    is_provisional: bool = False

    def in_force(self, derived: dict[str, float]) -> float:
        return max(self.bound, derived.get(self.key, 0)) if self.is_provisional else self.bound

    def holds(self, value: float, derived: dict[str, float]) -> bool:
        bound = self.in_force(derived)
        return value >= bound if self.is_floor else value <= bound

    def text(self, value: float) -> str:
        if self.unit == "/s" or value >= 1000:
            return f"{value:,.0f} {self.unit}".replace(" /s", "/s")
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
        return f"{value:.{digits}f} {self.unit}"

    def bound_text(self, derived: dict[str, float]) -> str:
        return ("≥ " if self.is_floor else "≤ ") + self.text(self.in_force(derived))


BUDGETS = [
    Budget("rate_extended", "shares/s, extended, coalesced, 10,000 channels", "/s", 120_000,
           is_floor=True, is_provisional=True),
    Budget("rate_standard", "shares/s, standard, coalesced, 10,000 channels", "/s", 120_000,
           is_floor=True, is_provisional=True),
    Budget("rate_apart", "shares/s, extended, each in a segment of its own, 10,000 channels",
           "/s", 70_000, is_floor=True, is_provisional=True),
    Budget("cpu_extended", "the pool's CPU for a share, extended, coalesced", "µs", 7),
    Budget("cpu_apart", "the pool's CPU for a share, extended, each in a segment of its own", "µs",
           14),
    Budget("ack_p50", "acknowledgement at 2,000 shares/s, p50", "ms", 0.8),
    Budget("ack_p99", "acknowledgement at 2,000 shares/s, p99", "ms", 2.5),
    Budget("channels_rate", "shares/s lost where 100,000 channels are open instead of 1,000", "%",
           15),
    Budget("channels_gateway", "a gateway's memory for a channel, more with 100,000 than with 9,000",
           "%", 15),
    Budget("channels_worker",
           "a channel-manager's memory for a channel, more with 100,000 than with 9,000", "%", 15),
    Budget("block_first", "node announces a block → job at the first of 1,000 connections, p50",
           "ms", 3),
    Budget("block_last", "node announces a block → job at the last of 1,000 connections, p50", "ms",
           20),
    Budget("block_last_10000", "node announces a block → job at the last of 10,000 connections, p50",
           "ms", 100),
    Budget("block_last_sv1",
           "new job at a translator → the last of its 10,000 SV1 miners, p50", "ms", 100),
    Budget("reconnect", "gateway killed under 10,000 connections → every miner has a share accepted",
           "s", 5),
    Budget("idle_sv2", "user memory of an idle SV2 connection with one channel", "bytes", 4096),
    Budget("idle_sv1", "user memory of an SV1 miner on a translator", "bytes", 16_384),
    Budget("redis", "Redis without the log, 100,000 channels at 6 shares/min, one block interval",
           "MB", 150),
]


@dataclass(frozen=True)
class Elsewhere:
    """A budget that another command watches over."""

    what: str
    bound: str
    command: str
    where: str


ELSEWHERE = [
    Elsewhere("worker or gateway killed → work continues", "≤ 2 s", "./dev chaos",
              "docs/reliability.md"),
    Elsewhere("Redis primary killed → acknowledgements resume", "≤ 5 s", "./dev chaos",
              "docs/reliability.md"),
    Elsewhere("a stall anywhere → seen and named (a miner's silence: below a probability of 1 in "
              "10,000)", "≤ 5 s (92 s)", "./dev test (pool-halts)", "docs/adr/0027, 0028"),
    Elsewhere("vardiff at 6 shares/min: changes of a steady miner's target", "≤ 1 in 4 h",
              "./dev bench vardiff", "docs/vardiff.md"),
    Elsewhere("vardiff: delay after a step, in optimal delays of as few false changes", "≤ 1.5",
              "./dev bench vardiff", "docs/vardiff.md"),
]


def derived() -> dict[str, float]:
    return json.loads(DERIVED.read_text()) if DERIVED.exists() else {}


def derive(before: dict[str, float], values: dict[str, float]) -> dict[str, float]:
    """The derived floors after a run: raised where it was better, never lowered."""
    after = dict(before)
    for budget in BUDGETS:
        if not budget.is_provisional or budget.key not in values:
            continue
        floor = values[budget.key] * DERIVED_PART // DERIVED_STEP * DERIVED_STEP
        after[budget.key] = max(budget.in_force(before), floor)
    return after


def write_derived(values: dict[str, float]) -> dict[str, float]:
    after = derive(derived(), values)
    DERIVED.write_text(json.dumps(after, indent=2, sort_keys=True) + "\n")
    return after


@dataclass(frozen=True)
class Verdict:
    budget: Budget
    value: float | None  # None: not measured

    def holds(self, floors: dict[str, float]) -> bool:
        return self.value is not None and self.budget.holds(self.value, floors)

    def word(self, floors: dict[str, float]) -> str:
        return "not measured" if self.value is None else \
            "holds" if self.holds(floors) else "MISSED"


def verdicts(values: dict[str, float]) -> list[Verdict]:
    return [Verdict(budget, values.get(budget.key)) for budget in BUDGETS]


def missed(values: dict[str, float], floors: dict[str, float]) -> dict[str, str]:
    """In words, by key."""
    return {each.budget.key: f"{each.budget.what}: {each.budget.text(each.value)}, budget "
            f"{each.budget.bound_text(floors)}" for each in verdicts(values)
            if each.value is not None and not each.holds(floors)}


def table(values: dict[str, float], floors: dict[str, float]) -> list[str]:
    rows = [(each.budget.what, "-" if each.value is None else each.budget.text(each.value),
             each.budget.bound_text(floors), each.word(floors)) for each in verdicts(values)]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    return [f"{what:{widths[0]}}  {value:>{widths[1]}}  {bound:>{widths[2]}}  {word}"
            for what, value, bound, word in rows]
