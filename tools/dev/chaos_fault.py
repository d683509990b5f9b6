"""What every kind of fault of ./dev chaos is."""

import random
from pathlib import Path

from chaos_miners import Miner
from chaos_node import Devnode
from chaos_pool import Pool
from chaos_store import LoneRedis


class Fault:
    """One kind. strike() does it at the moment of the call, heal() puts right what an operator or
    a service manager puts right."""

    name = ""
    what = ""
    goes_on_within_s = 2.0
    store = LoneRedis
    node = Devnode
    # What it needs besides processes; see chaos_pool.Setting.
    needs_machines = False
    needs_clocks = False
    disks: tuple[str, ...] = ()
    share_rate: float | None = None  # other than the run's
    # The kinds of problems of which adit-admin must have named one in time (docs/problems.md).
    named_as: tuple[str, ...] = ()

    def __init__(self, chance: random.Random):
        self.chance = chance
        self.struck: list[str] = []
        self.said = ""  # what it has measured itself

    @property
    def victim(self) -> str:
        return ", ".join(self.struck)

    @staticmethod
    def missing(binaries: Path) -> str:
        """Why this machine cannot have it, if that is so, apart from machines."""
        return ""

    def strike(self, pool: Pool) -> None:
        raise NotImplementedError

    def heal(self, pool: Pool) -> None:
        raise NotImplementedError

    def is_named_by(self, problem: dict) -> bool:
        """What stands still, and whose it is where the kind does not say that."""
        return (problem["kind"] in self.named_as
                and (problem["kind"] != "not-answering"
                     or problem["service"] in [f"services/{name}" for name in self.struck]))

    def excused_s(self, _: Pool) -> float:
        """What of the pause is not the pool's."""
        return 0.0

    def may_refuse(self, _pool: Pool, _block: str) -> bool:
        """Whether the node has got this block and has a good reason not to know it."""
        return False

    def may_disconnect(self, miner: Miner) -> bool:
        """Whether the miner's own process is a victim: everybody else stays connected."""
        return miner.gateway in self.struck
