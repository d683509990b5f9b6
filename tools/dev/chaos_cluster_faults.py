"""What ./dev chaos does to a pool on a Redis Cluster."""

import signal

from chaos_cluster import NODES, RedisCluster
from chaos_faults import Fault, Stop, start_again
from chaos_pool import Pool
from console import Failure

PARTITIONS = 16


def partitions_in_use(pool: Pool) -> list[int]:
    """Those that miners' connections have fallen into."""
    store, used = pool.store, []
    for partition in range(PARTITIONS):
        slot = store.slot_of(f"{{p{partition}}}")
        if store.ask(store.primary_of(slot), "cluster", "countkeysinslot", str(slot)) != ["0"]:
            used.append(partition)
    return used


def primary_in_use(fault: Fault, pool: Pool) -> str:
    """The primary of a partition by chance: one that has none is nobody's loss."""
    partition = fault.chance.choice(partitions_in_use(pool))
    return pool.store.primary_of(pool.store.slot_of(f"{{p{partition}}}"))


class KillClusterPrimary(Fault):
    name = "cluster-failover"
    what = "kill -9 of a primary of a Redis Cluster, WAIT 1; its machine is back after the failover"
    # Silence of 2 s, the others' agreement, the election, the file read and the replica in step.
    goes_on_within_s = 12.0
    store = RedisCluster

    def strike(self, pool: Pool) -> None:
        self.struck = [primary_in_use(self, pool)]
        pool.child(self.struck[0]).send(signal.SIGKILL)

    def heal(self, pool: Pool) -> None:
        others = tuple(name for name in NODES if name not in self.struck)
        pool.wait_until(lambda: len(_primaries(pool, others)) == 3, "a replica to take over")
        start_again(pool, self.struck[0])


class StopClusterPrimary(Stop):
    """Its replica takes over, and has no replica of its own before the other one wakes up."""

    name = "cluster-stop"
    what = "SIGSTOP of a primary of a Redis Cluster for 10 s: it wakes up deposed"
    for_s = (10.0, 10.0)
    goes_on_within_s = for_s[1] + 5.0
    store = RedisCluster

    def choose(self, pool: Pool) -> str:
        return primary_in_use(self, pool)

    def heal(self, pool: Pool) -> None:
        super().heal(pool)
        others = tuple(name for name in NODES if name not in self.struck)
        if len(_primaries(pool, others)) != 3:
            raise Failure(f"nobody has taken over from {self.victim}")


class MoveSlots(Fault):
    """A partition waits while its own keys are under way, and no other does."""

    name = "cluster-move"
    what = "the slots of three partitions, the pool's and the templates', moved to other primaries"
    goes_on_within_s = 3.0
    store = RedisCluster
    # So few that a move takes a while, and shares meet all its steps.
    keys_at_once = 100

    def strike(self, pool: Pool) -> None:
        store = pool.store
        used = partitions_in_use(pool)
        partitions = self.chance.sample(used, min(3, len(used)))
        for tag in [*(f"p{partition}" for partition in partitions), "pool", "tpl"]:
            slot = store.slot_of(f"{{{tag}}}")
            source = store.primary_of(slot)
            target = self.chance.choice([name for name in store.primaries() if name != source])
            keys = store.move(slot, source, target, self.keys_at_once)
            self.struck.append(f"{tag} ({keys} keys)")

    def heal(self, pool: Pool) -> None:
        pass


def _primaries(pool: Pool, asked: tuple[str, ...]) -> list[str]:
    return [name for name in asked if "role:master" in pool.store.ask(name, "info", "replication")]


CLUSTER_KINDS = (KillClusterPrimary, StopClusterPrimary, MoveSlots)
