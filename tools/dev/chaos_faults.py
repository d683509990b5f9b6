"""What ./dev chaos does to a pool, one class for each kind."""

import random
import signal
import time

from chaos_group import LinkedGroup, RedisGroup
from chaos_miners import Miner
from chaos_pool import GATEWAYS, WORKERS, Pool
from chaos_store import LoneRedis
from console import Failure

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

    def excused_s(self, _: Pool) -> float:
        """What of the pause is not the pool's."""
        return 0.0

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

    def excused_s(self, _: Pool) -> float:
        """What of the pause is not the pool's."""
        return 0.0

    def may_disconnect(self, miner: Miner) -> bool:
        return miner.gateway == self.victim


class KillRedis(Kill):
    name = "redis"
    what = "kill -9 of the only Redis; the time that it loads its file is on top of the limit"
    victims = ("redis",)

    def excused_s(self, pool: Pool) -> float:
        return pool.store.loading_s()


class KillPrimary(Fault):
    name = "failover"
    what = "kill -9 of a Redis primary behind Sentinel, with two replicas and WAIT 1"
    goes_on_within_s = 5.0
    store = RedisGroup

    def strike(self, pool: Pool) -> None:
        self.victim = pool.store.primary()
        pool.child(self.victim).send(signal.SIGKILL)

    def heal(self, pool: Pool) -> None:
        """Its machine is back when another one is primary; the Sentinels make it a replica."""
        child = pool.child(self.victim)
        pool.wait_until(lambda: not child.is_running and pool.store.primary() != self.victim,
                        "another primary")
        child.start()


class Stop(Fault):
    """SIGSTOP: the process is there, its connections are open, and it does nothing. Then SIGCONT,
    and it believes that no time has passed."""

    victims: tuple[str, ...] = ()
    for_s = (0.0, 0.0)

    def strike(self, pool: Pool) -> None:
        self.victim = self.choose(pool)
        pool.child(self.victim).send(signal.SIGSTOP)

    def choose(self, _: Pool) -> str:
        return self.chance.choice(self.victims)

    def heal(self, pool: Pool) -> None:
        time.sleep(self.chance.uniform(*self.for_s))
        pool.child(self.victim).send(signal.SIGCONT)


class StopWorker(Stop):
    name = "stop-worker"
    what = "SIGSTOP of a channel-manager for 2 to 6 s"
    victims = WORKERS
    for_s = (2.0, 6.0)


class StopGateway(Stop):
    name = "stop-gateway"
    what = "SIGSTOP of a gateway for 1 to 5 s: its own miners wait for it"
    victims = GATEWAYS
    for_s = (1.0, 5.0)
    goes_on_within_s = for_s[1] + 2.0


class StopRedis(Stop):
    name = "stop-redis"
    what = "SIGSTOP of the only Redis for 1 to 5 s: everybody waits for it"
    victims = ("redis",)
    for_s = (1.0, 5.0)
    goes_on_within_s = for_s[1] + 2.0


class StopPrimary(Stop):
    name = "stop-primary"
    what = "SIGSTOP of a Redis primary behind Sentinel for 10 s: it wakes up deposed"
    for_s = (10.0, 10.0)
    goes_on_within_s = 5.0
    store = RedisGroup

    def choose(self, pool: Pool) -> str:
        return pool.store.primary()


class Partition(Fault):
    """The services and the old primary see each other, and nobody else. The other side elects."""

    name = "partition"
    what = "the services cut off together with the old primary for 12 s, WAIT 1"
    for_s = 12.0
    goes_on_within_s = for_s + 5.0
    store = LinkedGroup

    def strike(self, pool: Pool) -> None:
        self.victim = pool.store.primary()
        pool.store.cut([self.victim])

    def heal(self, pool: Pool) -> None:
        time.sleep(self.for_s)
        if pool.store.primary() == self.victim:
            raise Failure("the other side of the partition has elected no primary")
        pool.store.mend()


KINDS = {kind.name: kind for kind in
         (KillWorker, KillGateway, KillRedis, KillPrimary, StopWorker, StopGateway, StopRedis,
          StopPrimary, Partition)}
