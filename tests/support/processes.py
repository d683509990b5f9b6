"""Real processes for tests: Redis and our own services, on loopback, in a folder of the test."""

import contextlib
import json
import os
import random
import shlex
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

# Generous: it only bounds how long a broken test takes.
PATIENCE = 120.0


_given: set[int] = set()


def free_port() -> int:
    """A port that nothing listens on now and nobody here was given, below those that the kernel gives to outgoing connections:
    one of theirs may be taken before the server that it is for starts, or starts again."""
    for _ in range(1000):
        port = random.randrange(10_000, 20_000)
        if port in _given:
            continue
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            _given.add(port)
            return port
    raise AssertionError("no free port between 10,000 and 20,000")


def free_port_base(span: int = 40) -> int:
    """The first of so many ports in a row that are free now; the kernel's own choices begin above
    them."""
    for base in range(20000 + os.getpid() % 200 * 50, 32000, 50):
        try:
            for offset in range(span):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", base + offset))
            return base
        except OSError:
            continue
    raise AssertionError(f"no {span} free ports in a row")


def processes_of(text: Path | str, but: str | None = None) -> list[str]:
    """Pid and command line of living processes that name the text, without those that name the
    other."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if str(text) in line and state != "Z" and (but is None or but not in line):
            found.append(f"{process.name} {line}")
    return found


def wait_until(claim, what: str, patience: float = PATIENCE):
    """Returns what the claim gives as soon as that is true."""
    deadline = time.monotonic() + patience
    while not (result := claim()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience:.0f} s for {what}")
        time.sleep(0.05)
    return result


def http_get(address: str, path: str) -> tuple[int, str]:
    """Status and text of a page of a service's HTTP server; status 0 when nobody answers."""
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def http_metric(address: str, name: str) -> float:
    """The value of one series, `name{label="x"}` as it is printed; 0 when it is not there."""
    for line in http_get(address, "/metrics")[1].splitlines():
        if line.startswith(name + " "):
            return float(line.rsplit(" ", 1)[1])
    return 0.0


def write_secret(path: Path, text: str) -> None:
    """A file that only its owner may read, as the services want it."""
    path.touch(mode=0o600)
    path.write_text(text)


def to_toml(table: dict) -> str:
    """Tables of plain values, one level deep, and lists of such tables."""
    lines, tables = [], []
    for name, value in table.items():
        if isinstance(value, dict):
            tables.append((f"[{name}]", value))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            tables += [(f"[[{name}]]", inner) for inner in value]
        else:
            lines.append(f"{name} = {json.dumps(value)}")
    for head, inner in tables:
        lines += [head] + [f"{key} = {json.dumps(value)}" for key, value in inner.items()]
    return "\n".join(lines) + "\n"


class Process(contextlib.AbstractContextManager):
    """A child that is ended, and waited for, at the end of its scope."""

    def __init__(self, command: list[str], log: Path):
        self.command = command
        self.log = log
        self._process = None

    def start(self) -> None:
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=subprocess.STDOUT)

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> int:
        """Asks it to end; returns its exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def wait(self) -> int:
        """Waits until it ends by itself; returns its exit status."""
        return self._process.wait(PATIENCE)

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def _end(self, number: signal.Signals) -> int:
        if self.is_running():
            self._process.send_signal(number)
        try:
            return self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired as error:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"{self.command[0]} did not end, see {self.log}") from error

    def __exit__(self, *_):
        if self.is_running():
            self._process.kill()
            self._process.wait()


DEPLOYED_REDIS = Path(__file__).parents[2] / "deploy" / "pool" / "redis.conf"


def deployed_redis() -> list[str]:
    """What an operator's Redis is told, as options, but where it is, who may ask it and how much
    memory it may take."""
    lines = (line for line in DEPLOYED_REDIS.read_text().splitlines()
             if line and not line.startswith("#"))
    options = (shlex.split(line) for line in lines)
    return [word for name, *values in options
            if name not in ("port", "dir", "include", "maxmemory")
            for word in (f"--{name}", *values)]


class Redis(Process):
    """A Redis as deployed: it has on disk what it has acknowledged."""

    def __init__(self, folder: Path):
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        if shutil.which("redis-server") is None:
            raise AssertionError("redis-server is not installed")
        super().__init__(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir",
                          str(folder), *deployed_redis()], folder / "redis.log")
        self.start()
        wait_until(self._answers, "Redis")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


class Service(Process):
    """One of our services, with a configuration of its own and ports that nobody else has."""

    def __init__(self, program: Path, folder: Path, config: dict):
        self.grpc = f"127.0.0.1:{free_port()}"
        self.http = f"127.0.0.1:{free_port()}"
        config = {**config, "listen": {"grpc": self.grpc, "http": self.http,
                                       **config.get("listen", {})}}
        self.config = folder / f"{program.name}.toml"
        self.config.write_text(to_toml(config), encoding="utf-8")
        super().__init__([str(program), "--config", str(self.config)],
                         folder / f"{program.name}.log")

    def get(self, path: str) -> tuple[int, str]:
        """See http_get()."""
        return http_get(self.http, path)

    def is_ready(self) -> bool:
        if not self.is_running():
            raise AssertionError(f"{self.command[0]} ended:\n{self.text()[-2000:]}")
        return self.get("/readyz")[0] == 200

    def start_and_wait(self) -> None:
        self.start()
        wait_until(self.is_ready, f"{self.command[0]} to be ready")

    def metric(self, name: str) -> float:
        """See http_metric()."""
        return http_metric(self.http, name)
