"""What ./dev chaos does to the network between the machines of a pool (chaos_machines.py): packets
vanish, and no connection is closed for it."""

import time

from chaos_fault import Fault
from chaos_group import NODES, SENTINELS, RedisGroup
from chaos_pool import GATEWAYS, TEMPLATES, WORKERS, Pool

Pairs = list[tuple[str, str]]  # what the first sends does not reach the second


def both_ways(one: list[str], other: list[str]) -> Pairs:
    return [pair for a in one for b in other for pair in ((a, b), (b, a))]


class Cut(Fault):
    """Between two sides for a while."""

    needs_machines = True
    for_s = 10.0
    pairs: Pairs = []

    def strike(self, pool: Pool) -> None:
        self.pairs = self.choose(pool)
        for sender, receiver in self.pairs:
            pool.setting.machines.cut(sender, receiver)

    def choose(self, pool: Pool) -> Pairs:
        """And says in `struck` whom that hits."""
        raise NotImplementedError

    def heal(self, pool: Pool) -> None:
        time.sleep(self.for_s)
        for sender, receiver in self.pairs:
            pool.setting.machines.mend(sender, receiver)

    def may_disconnect(self, _) -> bool:
        return False


class CutGatewayWorker(Cut):
    name = "net-gateway-worker"
    what = "a gateway and a channel-manager lose each other for 10 s"

    def choose(self, _: Pool) -> Pairs:
        self.struck = [self.chance.choice(GATEWAYS), self.chance.choice(WORKERS)]
        return both_ways(self.struck[:1], self.struck[1:])


class DeafWorker(CutGatewayWorker):
    name = "net-deaf-worker"
    what = "what a gateway sends to a channel-manager vanishes for 10 s, the other way it arrives"

    def choose(self, pool: Pool) -> Pairs:
        return super().choose(pool)[:1]


class DeafGateway(CutGatewayWorker):
    name = "net-deaf-gateway"
    what = "what a channel-manager sends to a gateway vanishes for 10 s, the other way it arrives"

    def choose(self, pool: Pool) -> Pairs:
        return super().choose(pool)[1:]


class CutWorkerRedis(Cut):
    name = "net-worker-redis"
    what = "a channel-manager and Redis lose each other for 10 s: it judges and cannot commit"
    goes_on_within_s = 5.0

    def choose(self, pool: Pool) -> Pairs:
        self.struck = [self.chance.choice(WORKERS)]
        return both_ways(self.struck, [pool.store.primary()])


class CutGatewayTemplates(Cut):
    name = "net-gateway-template"
    what = "a gateway loses both template replicas for 10 s: it goes on with the work that it has"

    def choose(self, _: Pool) -> Pairs:
        self.struck = [self.chance.choice(GATEWAYS)]
        return both_ways(self.struck, list(TEMPLATES))


class CutTemplateNode(Cut):
    name = "net-template-node"
    what = "the template replica that leads loses the node for 10 s: the other one leads"

    def choose(self, pool: Pool) -> Pairs:
        self.struck = [pool.template_leader()]
        return both_ways(self.struck, [pool.node.name])


class CutTemplateRedis(Cut):
    name = "net-template-redis"
    what = "the template replica that leads loses Redis for 10 s, and with it its lease"

    def choose(self, pool: Pool) -> Pairs:
        self.struck = [pool.template_leader()]
        return both_ways(self.struck, [pool.store.primary()])


class CutPrimary(Cut):
    """The services still see the old primary, and the Sentinels, too: they must believe those."""

    name = "net-primary"
    what = "a Redis primary loses its replicas and the Sentinels for 12 s, not the services; WAIT 1"
    for_s = 12.0
    goes_on_within_s = 5.0
    store = RedisGroup

    def choose(self, pool: Pool) -> Pairs:
        self.struck = [pool.store.primary()]
        return both_ways(self.struck, self.others(self.struck[0]))

    @staticmethod
    def others(primary: str) -> list[str]:
        return [name for name in NODES + SENTINELS if name != primary]

    def heal(self, pool: Pool) -> None:
        super().heal(pool)
        pool.wait_until(lambda: pool.store.primary() not in self.struck, "another primary")


class DeafPrimary(CutPrimary):
    name = "net-deaf-primary"
    what = "a Redis primary hears neither replicas nor Sentinels for 12 s, and they hear it; WAIT 1"

    def choose(self, pool: Pool) -> Pairs:
        return [(sender, receiver) for sender, receiver in super().choose(pool)
                if receiver in self.struck]


class Pull(Fault):
    """A machine's cable: for the others it is silent, and for itself everybody else is."""

    needs_machines = True
    for_s = 10.0

    def strike(self, pool: Pool) -> None:
        self.struck = [self.choose(pool)]
        pool.setting.machines.pull(self.struck[0])

    def choose(self, pool: Pool) -> str:
        raise NotImplementedError

    def heal(self, pool: Pool) -> None:
        time.sleep(self.for_s)
        pool.setting.machines.plug(self.struck[0])


class PullWorker(Pull):
    name = "net-worker"
    what = "a channel-manager's cable pulled for 10 s"
    named_as = ("not-answering",)

    def choose(self, _: Pool) -> str:
        return self.chance.choice(WORKERS)


class PullGateway(Pull):
    """TCP tries again after ever longer waits, so its miners go on some time after the cable is
    back."""

    name = "net-gateway"
    what = "a gateway's cable pulled for 4 s: its own miners wait for it"
    for_s = 4.0
    goes_on_within_s = 2 * for_s + 2.0

    def choose(self, _: Pool) -> str:
        return self.chance.choice(GATEWAYS)


class PullTemplate(Pull):
    name = "net-template"
    what = "the cable of the template replica that leads pulled for 10 s"
    named_as = ("not-answering",)

    def choose(self, pool: Pool) -> str:
        return pool.template_leader()


class PullPrimary(Pull):
    name = "net-failover"
    what = "a Redis primary's cable pulled for 12 s: nobody is told that it is gone; WAIT 1"
    for_s = 12.0
    goes_on_within_s = 5.0
    store = RedisGroup

    def choose(self, pool: Pool) -> str:
        return pool.store.primary()

    def heal(self, pool: Pool) -> None:
        super().heal(pool)
        pool.wait_until(lambda: pool.store.primary() not in self.struck, "another primary")


class Lossy(Fault):
    name = "net-lossy"
    what = "a tenth of all packets between the services and Redis is lost for 8 s"
    needs_machines = True
    for_s = 8.0
    # A segment that is lost twice waits for a second timeout, twice as long.
    goes_on_within_s = 4.0

    def strike(self, pool: Pool) -> None:
        self._set(pool, True)
        self.struck = ["the network"]

    def heal(self, pool: Pool) -> None:
        time.sleep(self.for_s)
        self._set(pool, False)

    @staticmethod
    def _set(pool: Pool, is_lossy: bool) -> None:
        services = [*GATEWAYS, *WORKERS, *TEMPLATES, pool.store.primary()]
        for sender in services:
            for receiver in services:
                if sender != receiver:
                    pool.setting.machines.lose(sender, receiver, is_lossy)


NETWORK_KINDS = (PullWorker, PullGateway, PullTemplate, CutGatewayWorker, DeafWorker, DeafGateway, CutWorkerRedis,
                 CutGatewayTemplates, CutTemplateNode, CutTemplateRedis, PullPrimary, CutPrimary,
                 DeafPrimary, Lossy)
