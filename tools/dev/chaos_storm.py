"""Several faults of ./dev chaos at once, by chance."""

import random
import time

from chaos_clock_faults import JumpClock, JumpGateway, JumpTemplate, JumpVardiff, JumpWorker
from chaos_fault import Fault
from chaos_faults import (KillGateway, KillPrimary, KillTemplate, KillTemplateLeader, KillVardiff,
                          KillWorker, KillWorkers, StopPrimary, StopWorker)
from chaos_group import RedisGroup
from chaos_network_faults import (CutGatewayTemplates, CutGatewayWorker, CutPrimary, CutTemplateNode,
                                  CutWorkerRedis, Lossy, PullPrimary)
from chaos_node_faults import KillNode, Reorganise, StopNode
from chaos_pool import Pool

NODE = (KillNode, StopNode, Reorganise)
# One of each group at most: two faults do not fight over one process.
GROUPS = (
    (KillWorker, StopWorker, KillWorkers),
    (KillGateway, JumpGateway),
    (KillTemplateLeader, KillTemplate, JumpTemplate),
    (KillVardiff, JumpVardiff),
    (KillPrimary, StopPrimary, PullPrimary, CutPrimary),
    NODE,
    (CutGatewayWorker, CutWorkerRedis, CutGatewayTemplates, CutTemplateNode, Lossy),
    (JumpWorker,),
)
AT_ONCE_MIN, AT_ONCE_MAX = 2, 3
APART_MAX_S = 2.0


class Storm(Fault):
    """They begin within seconds of each other, and the first one lasts until the last has begun."""

    name = "storm"
    what = "two or three of the above at once, by chance; Redis behind Sentinel, WAIT 1"
    # What none of them stops alone, two may: a gateway that starts has no work while both template
    # replicas start, too, and those have none while the node is away.
    goes_on_within_s = 30.0
    needs_machines = True
    needs_clocks = True
    store = RedisGroup

    def __init__(self, chance: random.Random):
        super().__init__(chance)
        groups = chance.sample(GROUPS, chance.randint(AT_ONCE_MIN, AT_ONCE_MAX))
        # No replica leads without a node: who strikes the one that does comes before.
        groups.sort(key=lambda group: group is NODE)
        self._faults = [chance.choice(group)(chance) for group in groups]

    missing = staticmethod(JumpClock.missing)

    @property
    def victim(self) -> str:
        return " and ".join(f"{fault.name} ({fault.victim})" for fault in self._faults)

    def strike(self, pool: Pool) -> None:
        for fault in self._faults:
            fault.strike(pool)
            time.sleep(self.chance.uniform(0.0, APART_MAX_S))

    def heal(self, pool: Pool) -> None:
        for fault in self.chance.sample(self._faults, len(self._faults)):
            fault.heal(pool)

    def excused_s(self, pool: Pool) -> float:
        return sum(fault.excused_s(pool) for fault in self._faults)

    def may_refuse(self, pool: Pool, block: str) -> bool:
        return any(fault.may_refuse(pool, block) for fault in self._faults)

    def may_disconnect(self, miner) -> bool:
        return any(fault.may_disconnect(miner) for fault in self._faults)
