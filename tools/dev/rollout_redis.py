"""Redis behind Sentinel as a cluster has it: a primary, two replicas and three Sentinels that know
each other by name, since each comes back with another address. How a primary leaves is what
deploy/kubernetes says, by the same script."""

import shutil
import socket
import tomllib
from pathlib import Path

from chaos_group import DOWN_AFTER_MS, FAILOVER_TIMEOUT_MS, QUORUM
from cmake import ROOT
from rollout_cluster import Cluster
from rollout_pod import Pod, Workload
from up_scrape import redis_answers

COMPONENT = ROOT / "deploy" / "kubernetes" / "components" / "sentinel"
REDIS, SENTINEL, SENTINELS_NAME = "redis", "sentinel", "sentinels"
NODES = tuple(f"{REDIS}-{number}" for number in range(3))
SENTINELS = tuple(f"{SENTINEL}-{number}" for number in range(3))
PORT, SENTINEL_PORT = 6379, 26379
# What services are told of it; without the password, which nothing here has.
TABLE = {key: value for key, value in
         tomllib.loads((COMPONENT / "redis.toml").read_text())["redis"].items()
         if key != "password_file"}
MASTER = TABLE["master"]
# In memory: three Redis that wait for every write to be on the one disk of a machine measure that
# disk. A pod's volume outlives it, and here no machine loses power.
VOLUMES = Path("/run/volumes")
WHOLE_WITHIN_S = 60.0


def ask(address: str, port: int, *words: str, timeout_s: float = 2.0) -> list:
    """An answer as lists and strings; none when nobody answers in time, or an error."""
    text = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    try:
        with socket.create_connection((address, port), timeout=timeout_s) as connection:
            connection.sendall(text.encode())
            with connection.makefile("rb") as stream:
                answer = _read(stream)
    except (OSError, ValueError):
        return []
    return answer if isinstance(answer, list) else [answer]


def _read(stream):
    line = stream.readline().rstrip(b"\r\n").decode()
    if not line or line[0] == "-":
        raise ValueError(line)
    if line[0] == "*":
        return [_read(stream) for _ in range(int(line[1:]))]
    if line[0] != "$":
        return line[1:]
    size = int(line[1:])
    return None if size < 0 else stream.read(size + 2)[:-2].decode(errors="replace")


class RedisGroup:
    """WAIT 1, min-replicas-to-write 1."""

    def __init__(self, cluster: Cluster):
        self._cluster = cluster
        self.redis = Workload(
            REDIS, REDIS, command=lambda pod: ["redis-server", pod.folder / "redis.conf"],
            prepare=self._write_node, is_ready=_is_ready,
            before_stop=self._hand_over)
        self.sentinel = Workload(
            SENTINEL, SENTINELS_NAME, prepare=self._write_sentinel,
            command=lambda pod: ["redis-server", pod.folder / "sentinel.conf", "--sentinel"],
            is_ready=lambda pod: redis_answers(SENTINEL_PORT, pod.address))

    def start(self) -> None:
        nodes = [self._cluster.start(self.redis, name) for name in NODES]
        self._cluster.wait_ready(nodes)
        self._cluster.wait(2.0)  # a Sentinel does not start before its primary's name is known
        self._cluster.wait_ready([self._cluster.start(self.sentinel, name) for name in SENTINELS])
        self.wait_whole()

    def _write_node(self, pod: Pod) -> None:
        primary = self.primary() or NODES[0]
        volume = VOLUMES / pod.name
        volume.mkdir(parents=True, exist_ok=True)
        lines = [
            "bind 0.0.0.0", "protected-mode no", f"port {PORT}", f"dir {volume}",
            'save ""', "appendonly yes", "appendfsync always", "maxmemory-policy noeviction",
            "min-replicas-to-write 1", "repl-diskless-sync-delay 0", "repl-backlog-size 64mb",
            f"replica-announce-ip {pod.host}"]
        if pod.name != primary:
            lines.append(f"replicaof {primary}.{REDIS} {PORT}")
        (pod.folder / "redis.conf").write_text("\n".join(lines) + "\n")

    def _write_sentinel(self, pod: Pod) -> None:
        """Once: it keeps in this file what it learns."""
        file = pod.folder / "sentinel.conf"
        if file.exists():
            return
        file.write_text("\n".join([
            "bind 0.0.0.0", "protected-mode no", f"port {SENTINEL_PORT}", f"dir {pod.folder}",
            "sentinel resolve-hostnames yes", "sentinel announce-hostnames yes",
            f"sentinel announce-ip {pod.host}",
            f"sentinel monitor {MASTER} {NODES[0]}.{REDIS} {PORT} {QUORUM}",
            f"sentinel down-after-milliseconds {MASTER} {DOWN_AFTER_MS}",
            f"sentinel failover-timeout {MASTER} {FAILOVER_TIMEOUT_MS}",
            f"sentinel parallel-syncs {MASTER} 2", ""]))

    def primary(self) -> str | None:
        """What the Sentinels call it now."""
        for pod in self._cluster.of(SENTINEL):
            said = ask(pod.address, SENTINEL_PORT, "sentinel", "get-master-addr-by-name", MASTER)
            if said and said[0]:
                return said[0].partition(".")[0]
        return None

    def wait_whole(self) -> None:
        self._cluster.wait_until(self.is_whole, "Redis: a primary, two replicas, three Sentinels",
                                 WHOLE_WITHIN_S)

    def is_whole(self) -> bool:
        """One primary with two replicas that follow it, and every Sentinel sees all of that."""
        primary = self.primary()
        for name in NODES:
            role = ask(self._cluster.pod(name).address, PORT, "role")
            if role[:1] != (["master"] if name == primary else ["slave"]):
                return False
            if name != primary and role[3] != "connected":
                return False
        return all(self._sees_all(pod, primary) for pod in self._cluster.of(SENTINEL))

    @staticmethod
    def _sees_all(sentinel: Pod, primary: str) -> bool:
        said = ask(sentinel.address, SENTINEL_PORT, "sentinel", "master", MASTER)
        state = dict(zip(said[::2], said[1::2]))
        replicas = ask(sentinel.address, SENTINEL_PORT, "sentinel", "replicas", MASTER)
        seen = [dict(zip(replica[::2], replica[1::2])).get("flags") for replica in replicas]
        return (str(state.get("ip", "")).partition(".")[0] == primary
                and state.get("flags") == "master" and seen == ["slave"] * 2
                and state.get("num-other-sentinels") == str(len(SENTINELS) - 1))

    @staticmethod
    def keep(folder: Path) -> None:
        """What is on the volumes, for who wants to look at it."""
        if VOLUMES.exists():
            shutil.copytree(VOLUMES, folder / "volumes", dirs_exist_ok=True)

    @staticmethod
    def _hand_over(pod: Pod) -> None:
        """Its preStop hook, in a container that has the pod's name."""
        text = (COMPONENT / "leave-redis.sh").read_text().replace("/scripts/", f"{COMPONENT}/")
        pod.run(["unshare", "--uts", "sh", "-c", f"hostname {pod.name}\n{text}"])


def _is_ready(pod: Pod) -> bool:
    """A replica is one when it follows its primary."""
    role = ask(pod.address, PORT, "role")
    return role[:1] == ["master"] or (role[:1] == ["slave"] and role[3] == "connected")
