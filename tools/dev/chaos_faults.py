"""What ./dev chaos does to a pool, one class for each kind."""

import signal
import time

from chaos_fault import Fault
from chaos_group import NODES, LinkedGroup, RedisGroup
from chaos_pool import GATEWAYS, PROCESSES, TEMPLATES, WORKERS, Pool
from chaos_proxy import SERVICES
from console import Failure

# As a service manager does: it starts what died again, and not in the same instant.
RESTART_AFTER_S = 0.2


class Kill(Fault):
    """kill -9, then a new process with the same configuration."""

    victims: tuple[str, ...] = ()

    def strike(self, pool: Pool) -> None:
        self.struck = self.choose()
        for name in self.struck:
            pool.child(name).send(signal.SIGKILL)

    def choose(self) -> list[str]:
        return [self.chance.choice(self.victims)]

    def heal(self, pool: Pool) -> None:
        time.sleep(RESTART_AFTER_S)
        for name in self.struck:
            start_again(pool, name)


def start_again(pool: Pool, name: str) -> None:
    child = pool.child(name)
    pool.wait_until(lambda: not child.is_running, f"{name} to have ended")
    child.start()


class KillWorker(Kill):
    name = "worker"
    what = "kill -9 of one of three channel-managers"
    victims = WORKERS


class KillGateway(Kill):
    name = "gateway"
    what = "kill -9 of one of two gateways"
    victims = GATEWAYS


class KillRedis(Kill):
    name = "redis"
    what = "kill -9 of the only Redis; the time that it loads its file is on top of the limit"
    victims = ("redis",)

    def excused_s(self, pool: Pool) -> float:
        return pool.store.loading_s()


class KillWorkers(Kill):
    name = "workers"
    what = "kill -9 of all three channel-managers at once"

    def choose(self) -> list[str]:
        return list(WORKERS)


class KillTemplateLeader(Kill):
    name = "template-leader"
    what = "kill -9 of the template replica that leads: the other one has all that it streamed"

    def strike(self, pool: Pool) -> None:
        self.struck = [pool.template_leader()]
        pool.child(self.struck[0]).send(signal.SIGKILL)


class KillTemplate(Kill):
    name = "template"
    what = "kill -9 of both template replicas; shares next to a block wait for one of them"
    goes_on_within_s = 5.0

    def choose(self) -> list[str]:
        return list(TEMPLATES)


class KillVardiff(Kill):
    name = "vardiff"
    what = "kill -9 of vardiff: nobody waits"
    victims = ("vardiff",)
    goes_on_within_s = 0.5


class KillEverything(Kill):
    name = "everything"
    what = "kill -9 of every process at once but the node, Redis too: machines lose power"
    goes_on_within_s = 5.0

    def choose(self) -> list[str]:
        return list(PROCESSES)

    def excused_s(self, pool: Pool) -> float:
        return pool.store.loading_s()


class Roll(Kill):
    """One after the other is asked to stop, as an update does: it hands over what it holds."""

    def strike(self, pool: Pool) -> None:
        for name in self.victims:
            pool.child(name).send(signal.SIGTERM)
            start_again(pool, name)
            pool.wait_until(pool.is_whole, f"{name} to be back")
            self.struck.append(name)

    def heal(self, pool: Pool) -> None:
        pass


class RollWorkers(Roll):
    name = "roll-workers"
    what = "all channel-managers stopped in order and started again, one by one: nobody waits"
    victims = WORKERS
    goes_on_within_s = 0.5


class RollGateways(Roll):
    name = "roll-gateways"
    what = "both gateways stopped in order and started again, one by one"
    victims = GATEWAYS
    # It lets its miners go over a second, and they know no other gateway.
    goes_on_within_s = 5.0


class RollAll(Roll):
    name = "roll-all"
    what = "every service stopped in order and started again, one by one"
    victims = (*TEMPLATES, "vardiff", *WORKERS, *GATEWAYS)
    goes_on_within_s = 5.0


class FullRedis(Fault):
    """Redis refuses every write (maxmemory, noeviction); then it has room again."""

    name = "full"
    what = "Redis out of memory for 3 s: shares wait"
    for_s = 3.0
    goes_on_within_s = for_s + 2.0

    def strike(self, pool: Pool) -> None:
        self.struck = ["redis"]
        pool.store.set_memory_max("1mb")

    def heal(self, pool: Pool) -> None:
        time.sleep(self.for_s)
        pool.store.set_memory_max("0")


class KillPrimary(Fault):
    name = "failover"
    what = "kill -9 of a Redis primary behind Sentinel, with two replicas and WAIT 1"
    goes_on_within_s = 5.0
    store = RedisGroup

    def strike(self, pool: Pool) -> None:
        self.struck = [pool.store.primary()]
        pool.child(self.struck[0]).send(signal.SIGKILL)

    def heal(self, pool: Pool) -> None:
        """Its machine is back when another one is primary; the Sentinels make it a replica."""
        pool.wait_until(lambda: pool.store.primary() not in self.struck, "another primary")
        start_again(pool, self.struck[0])


class LaggingReplica(KillPrimary):
    """WAIT 1 is content with either replica: the Sentinels must elect the one that has it all."""

    name = "lagging"
    what = "the same, after one of the replicas has heard nothing from it for 3 s"
    for_s = 3.0
    store = LinkedGroup

    def strike(self, pool: Pool) -> None:
        primary = pool.store.primary()
        lagging = self.chance.choice([name for name in NODES if name != primary])
        pool.store.cut([primary], [lagging])
        time.sleep(self.for_s)
        super().strike(pool)

    def heal(self, pool: Pool) -> None:
        """What the primary had for the one that lags is lost with its machine."""
        pool.wait_until(lambda: pool.store.primary() not in self.struck, "another primary")
        pool.store.mend()
        super().heal(pool)


class Stop(Fault):
    """SIGSTOP: the process is there, its connections are open, and it does nothing. Then SIGCONT,
    and it believes that no time has passed."""

    victims: tuple[str, ...] = ()
    for_s = (0.0, 0.0)

    def strike(self, pool: Pool) -> None:
        self.struck = [self.choose(pool)]
        pool.child(self.struck[0]).send(signal.SIGSTOP)

    def choose(self, _: Pool) -> str:
        return self.chance.choice(self.victims)

    def heal(self, pool: Pool) -> None:
        time.sleep(self.chance.uniform(*self.for_s))
        pool.child(self.struck[0]).send(signal.SIGCONT)


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


class FreezeWorker(Stop):
    """As StopWorker, and for long enough to be named."""

    name = "freeze-worker"
    what = "SIGSTOP of a channel-manager for 8 s"
    victims = WORKERS
    for_s = (8.0, 8.0)
    named_as = ("not-answering",)


class FreezeGateway(Stop):
    name = "freeze-gateway"
    what = "SIGSTOP of a gateway for 8 s: its own miners wait for it"
    victims = GATEWAYS
    for_s = (8.0, 8.0)
    goes_on_within_s = for_s[1] + 2.0
    named_as = ("not-answering",)


class FreezeRedis(Stop):
    name = "freeze-redis"
    what = "SIGSTOP of the only Redis for 8 s: everybody waits for it"
    victims = ("redis",)
    for_s = (8.0, 8.0)
    goes_on_within_s = for_s[1] + 3.0
    named_as = ("redis-not-answering",)


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
        self.struck = [pool.store.primary()]
        side = [SERVICES, *self.struck]
        pool.store.cut(side, [name for name in pool.store.everybody() if name not in side])

    def heal(self, pool: Pool) -> None:
        time.sleep(self.for_s)
        if pool.store.primary() in self.struck:
            raise Failure("the other side of the partition has elected no primary")
        pool.store.mend()
