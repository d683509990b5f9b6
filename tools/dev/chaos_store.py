"""The ledger's Redis of ./dev chaos: alone, every write on disk before it is acknowledged."""

import re
import shutil
import subprocess

from chaos_layout import HOST, Layout
from console import Failure
from up_child import Spec
from up_scrape import redis_answers


def node_config(layout: Layout, name: str, *more: str) -> str:
    folder = layout.folder / name
    folder.mkdir()
    return "\n".join([
        f"bind {layout.host(name)}", "protected-mode no", f"port {layout.port(name)}", f"dir {folder}", "daemonize no", 'save ""',
        "appendonly yes", "appendfsync always", "maxmemory-policy noeviction", "loglevel notice",
        *more, ""])


def node_spec(layout: Layout, name: str, *options: str) -> Spec:
    return Spec(name, [shutil.which("redis-server"), layout.folder / f"{name}.conf", *options],
                is_ready=lambda: answers(layout, name), stage=0)


def answers(layout: Layout, name: str) -> bool:
    return redis_answers(layout.port(name), layout.host(name))


def ask(port: int, *words: str, host: str = HOST) -> list[str]:
    """The lines of an answer; none when nobody answers in time."""
    try:
        done = subprocess.run(["redis-cli", "-h", host, "-p", str(port), *words], text=True,
                              capture_output=True, check=False, timeout=5)
    except subprocess.TimeoutExpired:
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []


_LOADED = re.compile(r"DB loaded from append only file: ([\d.]+) seconds")


def loading_s(layout: Layout, name: str) -> float:
    """How long this Redis read its file when it last started: a matter of the ledger's size and of
    the machine."""
    found = _LOADED.findall((layout.folder / f"{name}.log").read_text(errors="replace"))
    return float(found[-1]) if found else 0.0


class LoneRedis:
    """`append-only file, appendfsync always`: what is acknowledged survives kill -9."""

    def __init__(self, layout: Layout):
        self._layout = layout
        (layout.folder / "redis.conf").write_text(node_config(layout, "redis"))

    def specs(self) -> list[Spec]:
        return [node_spec(self._layout, "redis")]

    def assemble(self) -> None:
        """Once the processes are up."""

    def is_whole(self) -> bool:
        return answers(self._layout, "redis")

    def table(self) -> dict:
        """What a service is told of it, [redis] of its configuration."""
        return {"address": self._layout.address("redis")}

    def primary(self) -> str:
        return "redis"

    def tool_flags(self) -> list[str]:
        """How a tool finds the ledger."""
        return ["--redis", self._layout.address(self.primary())]

    def set_memory_max(self, size: str) -> None:
        if ask(self._layout.port("redis"), "config", "set", "maxmemory", size,
               host=self._layout.host("redis")) != ["OK"]:
            raise Failure(f"redis did not take maxmemory {size}")

    def loading_s(self) -> float:
        return loading_s(self._layout, "redis")
