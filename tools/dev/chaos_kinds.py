"""The kinds of faults that ./dev chaos knows, by name, in the order in which it plays them."""

from chaos_cluster_faults import CLUSTER_KINDS
from chaos_faults import (FullRedis, KillEverything, KillGateway, KillPrimary, KillRedis,
                          KillTemplate, KillTemplateLeader, KillVardiff, KillWorker, KillWorkers,
                          LaggingReplica, Partition, RollGateways, RollWorkers, StopGateway,
                          StopPrimary, StopRedis, StopWorker)

KINDS = {kind.name: kind for kind in
         (KillWorker, KillGateway, KillRedis, KillPrimary, LaggingReplica, KillWorkers,
          KillTemplateLeader, KillTemplate, KillVardiff, KillEverything, StopWorker, StopGateway,
          StopRedis, StopPrimary, Partition, FullRedis, RollWorkers, RollGateways, *CLUSTER_KINDS)}
