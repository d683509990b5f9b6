"""What ./dev chaos does to the node: it goes away, and it changes its mind."""

import signal
import time
from pathlib import Path

from chaos_fault import Fault
from chaos_faults import start_again
from chaos_node import BitcoinCore
from chaos_pool import TEMPLATES, Pool
from console import Failure

# From the node having a tip to every miner sending shares for it, whatever the machine does.
FOLLOWED_WITHIN_S = 10.0
# adit-admin's grace for a template replica's nodes.
HEARD_AFTER_S = 12.0


def wait_for_tip(fault: Fault, pool: Pool) -> None:
    """Until every miner works on what the node has, and says how long that took."""
    began = time.monotonic()

    def follows() -> bool:
        tip = pool.node.tip()
        pool.miners.read()
        return all(miner.tail.prev_hash == tip for miner in pool.miners.all)

    pool.wait_until(follows, "every miner to be on the node's tip", FOLLOWED_WITHIN_S)
    fault.said = f"all miners on its tip after {time.monotonic() - began:.2f} s"


class NodeFault(Fault):
    def may_disconnect(self, _) -> bool:
        return False


class KillNode(NodeFault):
    """Miners go on with what they have; what they find is kept until it is back."""

    name = "node"
    what = "kill -9 of the node, and it is back after 3 to 12 s: nobody waits, no block is lost"

    def strike(self, pool: Pool) -> None:
        self.struck = [pool.node.name]
        pool.child(pool.node.name).send(signal.SIGKILL)

    def heal(self, pool: Pool) -> None:
        time.sleep(self.chance.uniform(3.0, 12.0))
        start_again(pool, pool.node.name)
        pool.wait_until(pool.node.answers, f"{pool.node.name} to answer")
        wait_for_tip(self, pool)


class StopNode(NodeFault):
    name = "stop-node"
    what = "SIGSTOP of the node for 8 to 10 s"
    named_as = ("node-not-answering",)

    def strike(self, pool: Pool) -> None:
        """Who has just started may not have heard its node yet, and is not called to account."""
        pool.wait_until(lambda: pool.age_s() > HEARD_AFTER_S, "the pool to be old enough")
        self.struck = [pool.node.name]
        pool.child(pool.node.name).send(signal.SIGSTOP)

    def heal(self, pool: Pool) -> None:
        time.sleep(self.chance.uniform(8.0, 10.0))
        pool.child(pool.node.name).send(signal.SIGCONT)
        wait_for_tip(self, pool)


class Reorganise(NodeFault):
    name = "reorg"
    what = "the node's last one to three blocks lose against others, twice"
    depth_max = 3

    def strike(self, pool: Pool) -> None:
        self.struck = [pool.node.name]
        self._reorganise(pool)

    def heal(self, pool: Pool) -> None:
        wait_for_tip(self, pool)
        time.sleep(self.chance.uniform(0.0, 2.0))
        self._reorganise(pool)
        wait_for_tip(self, pool)

    def _reorganise(self, pool: Pool) -> None:
        try:
            pool.node.reorganise(self.chance.randint(1, self.depth_max))
        except OSError as error:
            raise Failure(f"{pool.node.name} did not reorganise: {error}") from error


class OnCore(NodeFault):
    """Every share is a block, so there are few: a miner has an answer every two seconds or so."""

    node = BitcoinCore
    share_rate = 3.0
    goes_on_within_s = 20.0

    @staticmethod
    def missing(_: Path) -> str:
        return "" if BitcoinCore.program() else BitcoinCore.missing()


class StopCore(OnCore):
    """In order: killed, it would forget blocks that it alone has, and which no peer gives back."""

    name = "core-down"
    what = "Bitcoin Core (regtest) stopped in order, and back after 3 to 8 s"

    def strike(self, pool: Pool) -> None:
        self.struck = [pool.node.name]
        pool.child(pool.node.name).send(signal.SIGTERM)

    def heal(self, pool: Pool) -> None:
        child = pool.child(pool.node.name)
        pool.wait_until(lambda: not child.is_running, f"{pool.node.name} to have ended")
        time.sleep(self.chance.uniform(3.0, 8.0))
        child.start()
        pool.wait_until(pool.node.answers, f"{pool.node.name} to answer")


class ReorganiseCore(OnCore):
    name = "core-reorg"
    what = "Bitcoin Core (regtest): invalidateblock, other blocks, and reconsiderblock"

    def strike(self, pool: Pool) -> None:
        self.struck = [pool.node.name]
        node = pool.node
        height = node.rpc("getblockcount")
        self._lost = node.rpc("getblockhash", height - self.chance.randint(0, 2))
        node.rpc("invalidateblock", self._lost)
        node.rpc("generatetodescriptor", 4, "raw(6a)")

    def heal(self, pool: Pool) -> None:
        time.sleep(2.0)
        pool.node.rpc("reconsiderblock", self._lost)
        time.sleep(2.0)

    def may_refuse(self, pool: Pool, block: str) -> bool:
        """Found on a block that it was told to call invalid, a moment before: it says so."""
        said = f"hash={block} node={pool.node.name} reason=bad-prevblk"
        return any(said in pool.child(name).log.read_text(errors="replace") for name in TEMPLATES)


NODE_KINDS = (KillNode, StopNode, Reorganise, StopCore, ReorganiseCore)
