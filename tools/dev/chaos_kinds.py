"""The kinds of faults that ./dev chaos knows, by name, in the order in which it plays them."""

from chaos_clock_faults import CLOCK_KINDS
from chaos_cluster_faults import CLUSTER_KINDS
from chaos_disk_faults import DISK_KINDS
from chaos_faults import (FreezeGateway, FreezeRedis, FreezeWorker, FullRedis, KillEverything, KillGateway, KillPrimary, KillRedis,
                          KillTemplate, KillTemplateLeader, KillVardiff, KillWorker, KillWorkers,
                          LaggingReplica, Partition, RollAll, RollGateways, RollWorkers,
                          StopGateway, StopPrimary, StopRedis, StopWorker)
from chaos_network_faults import NETWORK_KINDS
from chaos_node_faults import NODE_KINDS
from chaos_peer_faults import PEER_KINDS
from chaos_storm import Storm

KINDS = {kind.name: kind for kind in
         (KillWorker, KillGateway, KillRedis, KillPrimary, LaggingReplica, KillWorkers,
          KillTemplateLeader, KillTemplate, KillVardiff, KillEverything, StopWorker, StopGateway,
          StopRedis, FreezeWorker, FreezeGateway, FreezeRedis, StopPrimary, Partition, FullRedis, RollWorkers, RollGateways, RollAll,
          *NETWORK_KINDS, *DISK_KINDS, *NODE_KINDS, *CLOCK_KINDS, *PEER_KINDS, *CLUSTER_KINDS,
          Storm)}
