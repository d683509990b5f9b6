"""What ./dev chaos does to a pool, one class for each kind."""

import random
import signal
import time

from chaos_miners import Miner
from chaos_pool import GATEWAYS, WORKERS, Pool
from chaos_store import LoneRedis

# As a service manager does: it starts what died again, and not in the same instant.
RESTART_AFTER_S = 0.2


class Fault:
    """One kind. strike() does it at the moment of the call, heal() puts right what an operator or
    a service manager puts right."""

    name = ""
    what = ""
    goes_on_within_s = 2.0
    store = LoneRedis

    def __init__(self, chance: random.Random):
        self.chance = chance
        self.victim = ""

    def strike(self, pool: Pool) -> None:
        raise NotImplementedError

    def heal(self, pool: Pool) -> None:
        raise NotImplementedError

    def may_disconnect(self, miner: Miner) -> bool:
        """Whether the miner's own process is the victim: everybody else stays connected."""
        return False


class Kill(Fault):
    """kill -9, then a new process with the same configuration."""

    victims: tuple[str, ...] = ()

    def strike(self, pool: Pool) -> None:
        self.victim = self.chance.choice(self.victims)
        pool.child(self.victim).send(signal.SIGKILL)

    def heal(self, pool: Pool) -> None:
        time.sleep(RESTART_AFTER_S)
        child = pool.child(self.victim)
        pool.wait_until(lambda: not child.is_running, f"{self.victim} to be dead")
        child.start()


class KillWorker(Kill):
    name = "worker"
    what = "kill -9 of one of three channel-managers"
    victims = WORKERS


class KillGateway(Kill):
    name = "gateway"
    what = "kill -9 of one of two gateways"
    victims = GATEWAYS

    def may_disconnect(self, miner: Miner) -> bool:
        return miner.gateway == self.victim


class KillRedis(Kill):
    name = "redis"
    what = "kill -9 of the only Redis"
    victims = ("redis",)


KINDS = {kind.name: kind for kind in (KillWorker, KillGateway, KillRedis)}
