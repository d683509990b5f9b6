"""What ./dev chaos does to the disks of a pool: they are full for a while (chaos_disk.py)."""

import time

from chaos_fault import Fault
from chaos_faults import KillPrimary, start_again
from chaos_group import NODES, RedisGroup
from chaos_pool import TEMPLATES, Pool
from console import Failure

# How often a service manager starts what ends at once.
RESTART_EVERY_S = 0.5
NEXT_BLOCK_WITHIN_S = 40.0


class FullDisk(Fault):
    """With `appendfsync always` Redis ends when it cannot write, and at each start until it can."""

    name = "full-disk"
    what = "the disk of the only Redis full for 4 s: Redis ends, and is started again until it stays"
    for_s = 4.0
    goes_on_within_s = for_s + 3.0
    needs_machines = True
    disks = ("redis",)

    def strike(self, pool: Pool) -> None:
        pool.disks["redis"].fill()
        self.struck = ["redis"]

    def heal(self, pool: Pool) -> None:
        redis, until = pool.child("redis"), time.monotonic() + self.for_s
        ends = 0
        while time.monotonic() < until:
            if not redis.is_running:
                ends += 1
                time.sleep(RESTART_EVERY_S)
                redis.start()
            time.sleep(0.05)
        if not ends:
            raise Failure(f"Redis has written for {self.for_s:.0f} s to a disk that is full")
        pool.disks["redis"].free()
        self.said = f"Redis ended {ends} times"
        pool.wait_until(lambda: _stays(pool), "Redis to stay")

    def excused_s(self, pool: Pool) -> float:
        return pool.store.loading_s() + RESTART_EVERY_S


def _stays(pool: Pool) -> bool:
    if not pool.child("redis").is_running:
        time.sleep(RESTART_EVERY_S)
        pool.child("redis").start()
    return pool.store.is_whole()


class FullPrimary(KillPrimary):
    """It ends, and its machine is back with an empty disk when another one is primary."""

    name = "full-disk-primary"
    what = "the disk of a Redis primary behind Sentinel full: it ends, another one takes over; WAIT 1"
    needs_machines = True
    disks = NODES
    store = RedisGroup

    def strike(self, pool: Pool) -> None:
        self.struck = [pool.store.primary()]
        pool.disks[self.struck[0]].fill()

    def heal(self, pool: Pool) -> None:
        pool.wait_until(lambda: pool.store.primary() not in self.struck, "another primary")
        pool.disks[self.struck[0]].free()
        start_again(pool, self.struck[0])


class FullSpools(Fault):
    """A block that no replica can store is given to the node all the same."""

    name = "full-spool"
    what = "the disks of both template replicas full until blocks were found"
    goes_on_within_s = 5.0
    needs_machines = True
    disks = tuple(f"spool-{name}" for name in TEMPLATES)

    def strike(self, pool: Pool) -> None:
        for disk in pool.disks.values():
            disk.fill()
        self.struck = list(TEMPLATES)

    def heal(self, pool: Pool) -> None:
        before = pool.node.rpc("getblockcount")
        pool.wait_until(lambda: pool.node.rpc("getblockcount") >= before + 2, "blocks to be found",
                        NEXT_BLOCK_WITHIN_S)
        self.said = f"{pool.node.rpc('getblockcount') - before} blocks found meanwhile"
        for disk in pool.disks.values():
            disk.free()


DISK_KINDS = (FullDisk, FullPrimary, FullSpools)
