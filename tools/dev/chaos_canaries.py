"""Pools that are wrong on purpose: ./dev chaos shows that the auditor would see it."""

import random
import re
from dataclasses import dataclass, field
from pathlib import Path

from chaos_faults import Fault, Partition, StopRedis
from chaos_group import LinkedGroup
from chaos_pool import Pool
from chaos_round import run_round
from console import Failure

PROGRAM = "adit-channel-manager-canary"
# Just after a new tip, the batches under way may hold no share that could be credited twice.
ROUNDS_MAX = 3


class Unreplicated(LinkedGroup):
    """Acknowledged without waiting for a replica."""

    replicas = 0


class StopRedisForLong(StopRedis):
    """Longer than a command is waited for: what was sent and not answered is sent again, and Redis
    carries out both."""

    for_s = (3.0, 3.0)


class PartitionWithoutWait(Partition):
    store = Unreplicated


@dataclass(frozen=True)
class Canary:
    name: str
    what: str
    fault: type[Fault]
    finds: str  # what the auditor must say, as a regular expression
    found: str  # what that is called
    breaks: dict = field(default_factory=dict)  # [testing] of the channel-managers


CANARIES = {canary.name: canary for canary in (
    Canary("canary-wait", "WAIT switched off, the services cut off with the old primary for 12 s",
           PartitionWithoutWait, r"^I1 .* was acknowledged and is not in the ledger$",
           "shares acknowledged and lost"),
    Canary("canary-replay", "a batch that comes again is judged again", StopRedisForLong,
           r"^I4 .* was rejected and is credited$", "credited shares answered as duplicates",
           {"ignores_replays": True}),
    Canary("canary-double", "the same, and no share is found to be a duplicate", StopRedisForLong,
           r"^I3 .* is credited \d+ times$", "shares credited more than once",
           {"ignores_replays": True, "ignores_duplicates": True}))}


def program(binaries: Path) -> Path:
    """A channel-manager that does what [testing] says; it lies apart from what is installed."""
    return binaries.parent / "canary" / PROGRAM


@dataclass
class Sung:
    """What came of one canary."""

    name: str
    found: int = 0
    text: str = ""

    @property
    def is_caught(self) -> bool:
        return self.found > 0


def sing(canary: Canary, binaries: Path, folder: Path, share_rate: float, seed: str) -> Sung:
    """Rounds on a pool that is wrong; in one of them the auditor has to say so."""
    pool = Pool(binaries, folder, share_rate, canary.fault.store,
                worker=program(binaries) if canary.breaks else None,
                worker_table={"testing": canary.breaks} if canary.breaks else None)
    submitted = 0
    for number in range(1, ROUNDS_MAX + 1):
        result = run_round(pool, canary.fault(random.Random(f"{seed} {number}")))
        if not result.auditor:
            raise Failure("; ".join(result.problems))
        submitted += result.shares
        said = (folder / "auditor.log").read_text().splitlines()
        found = sum(1 for line in said if re.search(canary.finds, line))
        if found:
            break
    pool.stop()
    return Sung(canary.name, found,
                f"{found} {canary.found}, of {submitted} submitted: {result.auditor}")
