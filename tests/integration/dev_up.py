"""A pool of ./dev up for tests: started, watched, killed in parts, ended, audited."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from processes import (PATIENCE, Redis, free_port_base, http_get, http_metric, processes_of,
                       wait_until)

ROOT = Path(__file__).resolve().parents[2]
PORTS = 40
REDIS = 4
DEVNODE = 5
# Where processes answer operators, from the base on.
GRPC = {"translator": 18, "gateway": 10, "channel-manager-1": 12, "channel-manager-2": 14,
        "template-1": 2, "template-2": 6, "vardiff": 3}
# Where /readyz and /metrics are, from the base on.
TEMPLATES = ("template-1", "template-2")
HTTP = {"translator": 9, "gateway": 11, "channel-manager-1": 13, "channel-manager-2": 15,
        "template-1": 16, "template-2": 7, "vardiff": 17}


class DevUp(contextlib.AbstractContextManager):
    """`folder` is where its configurations, logs and journals are; it stays for who looks for the
    reason of a failure, unless discard() said that there is none."""

    def __init__(self, binaries: Path, *options: str, sv1_miners: int = 0):
        self.binaries = binaries
        self._is_discarded = False
        self.base = free_port_base(PORTS)
        self.folder = ROOT / "var" / f"up-{self.base}"
        self._scratch = tempfile.TemporaryDirectory(prefix="adit-dev-up-")
        self.summary_file = Path(self._scratch.name) / "summary.json"
        self.output = Path(self._scratch.name) / "output"
        with open(self.output, "wb") as output:
            self._process = subprocess.Popen(
                [str(ROOT / "dev"), "up", "--binaries", str(binaries), "--port-base",
                 str(self.base), "--summary", str(self.summary_file), "--sv1-miners",
                 str(sv1_miners), *options],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()  # its children go with it
                self._process.wait()
        if self._is_discarded:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            print(f"./dev up said:\n{self.text()}\nits files: {self.folder}")
        self._scratch.cleanup()

    def text(self) -> str:
        return self.output.read_text(errors="replace")

    def discard(self) -> None:
        """All went well: nobody needs its files."""
        self._is_discarded = True

    def wait_until_up(self) -> None:
        self.wait_for("the pool is up")

    def wait_for(self, text: str) -> None:
        """Waits until it says that."""
        def is_said() -> bool:
            if self._process.poll() is not None:
                raise AssertionError(f"./dev up ended early:\n{self.text()}")
            return text in self.text()

        wait_until(is_said, f"./dev up to say \"{text}\"")

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def wait(self) -> int:
        """Waits for its end; returns the exit status."""
        return self._process.wait(PATIENCE * 2)

    def summary(self) -> dict:
        return json.loads(self.summary_file.read_text())

    def pid(self, name: str) -> int | None:
        """Of the process whose configuration is NAME.toml, or of Redis, if it runs."""
        named = {"redis": f"redis-server 127.0.0.1:{self.base + REDIS}",
                 "devnode": f"adit-devnode --port {self.base + DEVNODE} "}.get(
            name, self.folder / f"{name}.toml")
        found = processes_of(named)
        return int(found[0].split()[0]) if found else None

    def kill(self, name: str) -> int:
        """kill -9; returns when, in microseconds of unix time as journals have it."""
        pid = wait_until(lambda: self.pid(name), f"{name} to run")
        moment = time.time_ns() // 1000
        os.kill(pid, signal.SIGKILL)
        return moment

    def send(self, name: str, number: signal.Signals) -> None:
        """Nothing when it has ended."""
        if pid := self.pid(name):
            os.kill(pid, number)

    def send_supervisor(self, number: signal.Signals) -> None:
        """To ./dev up itself; it starts nothing again while it is stopped."""
        if self._process.poll() is None:
            self._process.send_signal(number)

    def metric(self, name: str, series: str) -> float:
        """See http_metric()."""
        return http_metric(self._http(name), series)

    def terminate(self, name: str) -> int:
        """What a supervisor does that stops a process; returns when, as kill() does."""
        pid = wait_until(lambda: self.pid(name), f"{name} to run")
        moment = time.time_ns() // 1000
        os.kill(pid, signal.SIGTERM)
        return moment

    def scrape(self, name: str) -> str:
        """What Prometheus gets of it; empty when it does not answer."""
        status, text = http_get(self._http(name), "/metrics")
        return text if status == 200 else ""

    def configure(self, name: str, old: str, new: str) -> None:
        """Replaces a part of its configuration, which must be there, and starts it again."""
        path = self.folder / f"{name}.toml"
        text = path.read_text()
        assert old in text, f"no {old!r} in {path}"
        path.write_text(text.replace(old, new, 1))
        before = self.pid(name)
        self.terminate(name)
        wait_until(lambda: self.pid(name) not in (None, before) and self.is_ready(name),
                   f"{name} to be back")

    def is_ready(self, name: str) -> bool:
        return http_get(self._http(name), "/readyz")[0] == 200

    def blocks(self, stage: str) -> int:
        """Since the older of the template replicas began: "found" or "accepted". Each is given
        every block."""
        return max(int(self.metric(name, f'adit_template_blocks_total{{stage="{stage}"}}'))
                   for name in TEMPLATES)

    def template_leader(self) -> str:
        return wait_until(lambda: next((name for name in TEMPLATES
                                        if self.metric(name, "adit_template_leader") == 1), None),
                          "a template replica to lead")

    def redis(self, *command: str) -> str:
        """What redis-cli says of the pool's Redis."""
        return subprocess.run(["redis-cli", "-p", str(self.base + REDIS), *command],
                              capture_output=True, text=True, timeout=PATIENCE, check=True).stdout

    def aditctl(self, *command: str) -> str:
        return subprocess.run([str(self.binaries / "aditctl"), "direct", *command, "--redis",
                               f"127.0.0.1:{self.base + REDIS}"],
                              capture_output=True, text=True, timeout=PATIENCE, check=True).stdout

    def wait_for_log(self, name: str, text: str) -> None:
        """Waits until that process writes it."""
        log = self.folder / f"{name}.log"
        wait_until(lambda: text in log.read_text(errors="replace"), f"{name} to say \"{text}\"")

    def ask(self, name: str, method: str, request: dict | None = None,
            timeout_ms: int = 5_000) -> tuple[int, list[dict], str]:
        """Calls "ControlService/Dump" or the like of a process; its status (0: OK), the answers, and
        why it failed."""
        package = "adit.templates.v1" if method.startswith("Template") else "adit.control.v1"
        done = subprocess.run(
            [str(self.binaries / "control_client"), f"127.0.0.1:{self.base + GRPC[name]}",
             f"{package}.{method}", json.dumps(request or {}), str(timeout_ms)],
            capture_output=True, text=True, timeout=PATIENCE, check=False)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def answer(self, name: str, method: str, request: dict | None = None) -> dict:
        """The same, of a call that must succeed with one answer."""
        status, answers, why = self.ask(name, method, request)
        assert status == 0, f"{name} {method}: {why}"
        return answers[0]

    def problems(self, name: str) -> dict[str, dict]:
        """What is wrong with a process, by id."""
        return {problem["id"]: problem
                for problem in self.answer(name, "ControlService/GetDetails")["problems"]}

    def sign(self, keys: Path, certificate: Path, valid_for: str) -> None:
        """Another certificate for the gateway's key."""
        subprocess.run([str(self.binaries / "aditctl"), "keys", "sign", "--authority",
                        keys / "authority.key", "--gateway", keys / "gateway.key", "--valid-for",
                        valid_for, "--out", certificate], capture_output=True, timeout=PATIENCE,
                       check=True)

    def _http(self, name: str) -> str:
        return f"127.0.0.1:{self.base + HTTP[name]}"

    def journals(self) -> list[Path]:
        return sorted(self.folder.glob("miner-*.journal"))

    def left_over(self) -> list[str]:
        """Processes and ports that outlive it, which is none."""
        left = processes_of(self.folder)
        for port in range(self.base, self.base + PORTS):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as error:
                    left.append(f"port {port}: {error.strerror}")
        return left

    def audit(self) -> tuple[int, str]:
        """Status and text of adit-auditor on what the pool, which has ended, left on disk."""
        with Redis(self.folder) as redis:
            return run_auditor(self.binaries, redis.address, self.journals())


def run_auditor(binaries: Path, redis: str, journals: list[Path]) -> tuple[int, str]:
    done = subprocess.run(
        [str(binaries / "adit-auditor"), "--redis", redis, "--journal", *map(str, journals)],
        capture_output=True, text=True, timeout=PATIENCE, check=False)
    return done.returncode, done.stdout + done.stderr
