"""Redis as a production pool has it: a primary and two replicas behind three Sentinels."""

import json
import socket
import sys
from pathlib import Path

from chaos_layout import HOST, Layout
from chaos_proxy import SERVICES
from chaos_store import answers, ask, node_config, node_spec
from console import Failure
from up_child import Spec

NODES = ("redis-1", "redis-2", "redis-3")
SENTINELS = ("sentinel-1", "sentinel-2", "sentinel-3")
MASTER = "adit"
QUORUM = 2
# How long a primary is silent before a Sentinel calls it down: what a failover begins with. A disk
# that is busy with something else holds up an fsync for a second, and with it all of Redis: a new
# primary that is called down for that leaves everybody without a replica for ten.
DOWN_AFTER_MS = 1500
# When all three Sentinels vote for themselves, they try again after twice that.
FAILOVER_TIMEOUT_MS = 1000


class RedisGroup:
    """WAIT 1, min-replicas-to-write 1. The names of nodes and Sentinels are those of processes."""

    replicas = 1

    def __init__(self, layout: Layout):
        self._layout = layout
        for name in NODES:
            more = ["min-replicas-to-write 1", "repl-diskless-sync-delay 0",
                    "repl-backlog-size 64mb", *self._announced(name, "replica-announce")]
            if name != NODES[0]:
                more.append("replicaof {} {}".format(*self._reached_at(NODES[0])))
            self._write(name, node_config(layout, name, *more))
        for name in SENTINELS:
            folder = layout.folder / name
            folder.mkdir()
            self._write(name, "\n".join([
                f"bind {layout.host(name)}", "protected-mode no", f"port {layout.port(name)}",
                f"dir {folder}", "daemonize no",
                "sentinel monitor {} {} {} {}".format(MASTER, *self._reached_at(NODES[0]), QUORUM),
                f"sentinel down-after-milliseconds {MASTER} {DOWN_AFTER_MS}",
                f"sentinel failover-timeout {MASTER} {FAILOVER_TIMEOUT_MS}",
                f"sentinel parallel-syncs {MASTER} 2",
                *self._announced(name, "sentinel announce"), ""]))

    def _write(self, name: str, text: str) -> None:
        (self._layout.folder / f"{name}.conf").write_text(text)

    def _reached_at(self, name: str) -> tuple[str, int]:
        """Where the others know it."""
        return self._layout.host(name), self._layout.port(name)

    def ask(self, name: str, *words: str) -> list[str]:
        return ask(self._layout.port(name), *words, host=self._layout.host(name))

    def _announced(self, name: str, what: str) -> list[str]:
        return []

    def specs(self) -> list[Spec]:
        return [node_spec(self._layout, name) for name in NODES] \
            + [node_spec(self._layout, name, "--sentinel") for name in SENTINELS]

    def assemble(self) -> None:
        """They find each other."""

    def tool_flags(self) -> list[str]:
        return ["--redis", self._layout.address(self.primary())]

    def table(self) -> dict:
        return {"sentinels": ["{}:{}".format(*self._reached_at(name)) for name in SENTINELS],
                "master": MASTER, "replicas": self.replicas}

    def primary(self) -> str:
        """What the Sentinels call it now; raises Failure when none of them says."""
        for name in SENTINELS:
            said = self.ask(name, "sentinel", "get-master-addr-by-name", MASTER)
            for node in NODES:
                if said == [str(word) for word in self._reached_at(node)]:
                    return node
        raise Failure("no Sentinel knows a primary")

    def is_whole(self) -> bool:
        """One primary with two replicas that follow it, and every Sentinel sees all of that."""
        if not all(answers(self._layout, name) for name in NODES + SENTINELS):
            return False
        primary = self.primary()
        role = {name: self.ask(name, "role") for name in NODES}
        if role[primary][:1] != ["master"]:
            return False
        followers = [name for name in NODES if name != primary
                     and role[name][:1] == ["slave"] and role[name][3:4] == ["connected"]]
        return len(followers) == 2 and all(self._sees_all(name, primary) for name in SENTINELS)

    def _sees_all(self, sentinel: str, primary: str) -> bool:
        said = self.ask(sentinel, "sentinel", "master", MASTER)
        state = dict(zip(said[::2], said[1::2]))
        host, port = self._reached_at(primary)
        return (state.get("ip") == host and state.get("port") == str(port)
                and state.get("flags") == "master" and state.get("num-slaves") == "2"
                and state.get("num-other-sentinels") == str(len(SENTINELS) - 1))


class LinkedGroup(RedisGroup):
    """The same over links that can be cut: everybody is reached through chaos_proxy.py, which
    knows who dials by the address that the dialler binds to. Services dial from 127.0.0.1."""

    def __init__(self, layout: Layout):
        self._cut = layout.folder / "cut.json"
        self._cut.write_text("[]")
        super().__init__(layout)
        self._plan = layout.folder / "links.json"
        self._plan.write_text(json.dumps({
            "host": HOST, "cut": str(self._cut),
            "names": {_source(name): name for name in NODES + SENTINELS},
            "links": [{"name": name, "listen": self._reached_at(name)[1],
                       "target": layout.port(name)} for name in NODES + SENTINELS]}))

    def _reached_at(self, name: str) -> tuple[str, int]:
        return HOST, self._layout.port(f"{name}-link")

    def _announced(self, name: str, what: str) -> list[str]:
        return [f"bind-source-addr {_source(name)}", f"{what}-ip {HOST}",
                f"{what}-port {self._reached_at(name)[1]}"]

    def everybody(self) -> list[str]:
        return [SERVICES, *NODES, *SENTINELS]

    def specs(self) -> list[Spec]:
        _, port = self._reached_at(SENTINELS[-1])
        script = Path(__file__).with_name("chaos_proxy.py")
        return [Spec("links", [sys.executable, "-B", script, self._plan],
                     is_ready=lambda: _listens(port), stage=0)] + super().specs()

    def cut(self, one: list[str], other: list[str]) -> None:
        """Nothing passes between the two sides."""
        self._set([[a, b] for a in one for b in other])

    def mend(self) -> None:
        self._set([])

    def _set(self, pairs: list[list[str]]) -> None:
        """In one step, so that the proxy never reads half of it."""
        new = self._cut.with_suffix(".new")
        new.write_text(json.dumps(pairs))
        new.rename(self._cut)


def _source(name: str) -> str:
    return f"127.0.1.{(NODES + SENTINELS).index(name) + 1}"


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
