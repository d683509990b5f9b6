"""Redis as a Cluster: three primaries with a replica each, which fail over by themselves."""

import subprocess

from chaos_layout import HOST, Layout
from chaos_store import ask, node_config, node_spec
from console import Failure
from up_child import Spec
from up_scrape import redis_answers

NODES = tuple(f"cluster-{number}" for number in range(1, 7))
PRIMARIES = 3
# After so long a silence a node counts as gone, and its replica asks the others for their votes.
NODE_TIMEOUT_MS = 2000


class RedisCluster:
    """WAIT 1: a share is acknowledged when the primary of its partition and a replica have it. With
    one replica each, a partition waits for the machine that it lost."""

    replicas = 1

    def __init__(self, layout: Layout):
        self._layout = layout
        for name in NODES:
            (layout.folder / f"{name}.conf").write_text(node_config(
                layout, name, "cluster-enabled yes", "cluster-config-file nodes.conf",
                f"cluster-node-timeout {NODE_TIMEOUT_MS}",
                f"cluster-port {layout.port(f'{name}-bus')}", "cluster-require-full-coverage no",
                "repl-diskless-sync-delay 0", "repl-backlog-size 64mb"))

    def specs(self) -> list[Spec]:
        return [node_spec(self._layout, name) for name in NODES]

    def assemble(self) -> None:
        """Makes a cluster of the nodes, which are up, as an operator does."""
        done = subprocess.run(
            ["redis-cli", "--cluster", "create", *map(self._layout.address, NODES),
             "--cluster-replicas", "1", "--cluster-yes"],
            text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        if done.returncode != 0:
            raise Failure(f"redis-cli made no cluster: {done.stdout.strip()[-500:]}")

    def table(self) -> dict:
        # Who knows three of them finds the others.
        return {"cluster": [self._layout.address(name) for name in NODES[:3]],
                "replicas": self.replicas}

    def tool_flags(self) -> list[str]:
        return [word for name in NODES for word in ("--cluster", self._layout.address(name))]

    def ask(self, node: str, *words: str) -> list[str]:
        return ask(self._layout.port(node), *words)

    def must(self, node: str, *words: str) -> list[str]:
        """The same, for a command that may not fail."""
        said = self.ask(node, *words)
        if not said or said[0].split(" ")[0].isupper() and said[0] not in ("OK", "NOKEY"):
            raise Failure(f"{node} refused {' '.join(words)}: {' '.join(said)}")
        return said

    def primaries(self) -> list[str]:
        """Those that say so, and have a replica that follows."""
        return [name for name in NODES if self._follows(name)]

    def _follows(self, name: str) -> bool:
        said = self.ask(name, "info", "replication")
        return "role:master" in said and any("state=online" in line for line in said)

    def slot_of(self, key: str) -> int:
        for name in NODES:
            if said := self.ask(name, "cluster", "keyslot", key):
                return int(said[0])
        raise Failure("no node of the cluster answers")

    def primary_of(self, slot: int, asked: tuple[str, ...] = NODES) -> str:
        """Whom most of those asked say to have the slot."""
        votes: dict[str, int] = {}
        for node in asked:
            for line in self.ask(node, "cluster", "nodes"):
                words = line.split()
                if "master" in words[2] and any(_has(word, slot) for word in words[8:]):
                    port = int(words[1].partition("@")[0].rpartition(":")[2])
                    votes[self._name_at(port)] = votes.get(self._name_at(port), 0) + 1
        if not votes:
            raise Failure(f"nobody has slot {slot}")
        return max(votes, key=votes.__getitem__)

    def _name_at(self, port: int) -> str:
        return next(name for name in NODES if self._layout.port(name) == port)

    def move(self, slot: int, source: str, target: str, keys_at_once: int) -> int:
        """As redis-cli --cluster reshard does, for one slot. Returns how many keys that were."""
        ids = {name: self.must(name, "cluster", "myid")[0] for name in (source, target)}
        at = str(slot)
        self.must(target, "cluster", "setslot", at, "importing", ids[source])
        self.must(source, "cluster", "setslot", at, "migrating", ids[target])
        moved = 0
        while keys := [key for key in self.ask(source, "cluster", "getkeysinslot", at,
                                               str(keys_at_once)) if key]:
            self.must(source, "migrate", HOST, str(self._layout.port(target)), "", "0", "5000",
                      "keys", *keys)
            moved += len(keys)
        for name in (target, source):
            self.must(name, "cluster", "setslot", at, "node", ids[target])
        return moved

    def is_whole(self) -> bool:
        """Every slot is served, every primary has a replica, and every node says so."""
        return (all(redis_answers(self._layout.port(name)) for name in NODES)
                and all({"cluster_state:ok", "cluster_slots_ok:16384"}
                        <= set(self.ask(name, "cluster", "info")) for name in NODES)
                and len(self.primaries()) == PRIMARIES)


def _has(word: str, slot: int) -> bool:
    """"0-5460" or "5461"; "[93->-...]" is a slot on its way."""
    if word.startswith("["):
        return False
    first, _, last = word.partition("-")
    return int(first) <= slot <= int(last or first)
