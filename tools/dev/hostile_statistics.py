"""Two sets of times and their quantiles: how they compare, and how sure that is."""

import math
import random
from dataclasses import dataclass, field
from enum import Enum

RESAMPLES = 2000
CONFIDENCE = 0.95
# Nobody is served sooner for being disturbed. Where an interval reaches below this, chance had more
# to say than the disturbance.
LEAST = 0.8


class Verdict(Enum):
    """What an interval of a ratio says about a bound."""

    SHOWN = "shown"
    NOT_SHOWN = "NOT shown: it is more"
    TOO_NOISY = "too noisy to tell"


@dataclass(frozen=True)
class Interval:
    low: float
    high: float

    def verdict(self, allowed: float) -> Verdict:
        if self.low > allowed:
            return Verdict.NOT_SHOWN
        is_shown = self.high <= allowed and self.low >= LEAST
        return Verdict.SHOWN if is_shown else Verdict.TOO_NOISY

    def __str__(self) -> str:
        return f"{self.low:.2f} to {self.high:.2f}"


def quantile(times: list[float], q: float) -> float:
    """The least of them that at least this part of them does not exceed."""
    return sorted(times)[max(math.ceil(q * len(times)) - 1, 0)]


@dataclass
class Comparison:
    """Rounds of undisturbed and disturbed times, each pair measured one right after the other."""

    undisturbed: list[list[float]] = field(default_factory=list)
    disturbed: list[list[float]] = field(default_factory=list)

    def add(self, undisturbed: list[float], disturbed: list[float]) -> None:
        self.undisturbed.append(undisturbed)
        self.disturbed.append(disturbed)

    def quantiles(self, q: float) -> tuple[float, float]:
        """Of all undisturbed and of all disturbed times."""
        return (quantile([time for one in self.undisturbed for time in one], q),
                quantile([time for one in self.disturbed for time in one], q))

    def ratio(self, q: float) -> float:
        undisturbed, disturbed = self.quantiles(q)
        return disturbed / undisturbed

    def interval(self, q: float) -> Interval | None:
        """Where the ratio lies, by drawing rounds anew: times that follow each other are alike, so
        rounds are what chance deals out and not times. Nothing where there are too few of them."""
        count = len(self.undisturbed)
        if count < 3:
            return None
        below, above = _Upper(self.undisturbed), _Upper(self.disturbed)
        chance = random.Random(1)
        ratios = []
        for _ in range(RESAMPLES):
            weights = [0] * count
            for _ in range(count):
                weights[chance.randrange(count)] += 1
            ratios.append(above.quantile(q, weights) / below.quantile(q, weights))
        ratios.sort()
        outside = round((1 - CONFIDENCE) / 2 * RESAMPLES)
        return Interval(ratios[outside], ratios[-1 - outside])


class _Upper:
    """Quantiles from the upper end of rounds that count several times, or not at all."""

    def __init__(self, rounds: list[list[float]]):
        self._sizes = [len(times) for times in rounds]
        self._falling = sorted(((time, at) for at, times in enumerate(rounds) for time in times),
                               reverse=True)

    def quantile(self, q: float, weights: list[int]) -> float:
        total = sum(size * weight for size, weight in zip(self._sizes, weights))
        above = total - max(math.ceil(q * total), 1)
        for time, at in self._falling:
            above -= weights[at]
            if above < 0:
                return time
        raise ValueError("no round counts")
