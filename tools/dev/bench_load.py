"""The load generator as the measurements run it, and what a process has used."""

import json
import os
import platform
import re
import statistics
import sys
import time
from pathlib import Path

import cmake
from console import Failure

sys.path.append(str(cmake.ROOT / "tests" / "support"))
from processes import Process

# What ./dev build has built already: it is optimised.
PRESET = "dev"
LOADGEN = "adit-loadgen"
# Generous: it only bounds how long a broken measurement takes.
WORK_WITHIN_S = 120
# A status line a second, of so many bytes at most.
LOOK_EVERY_S = 0.04
STATUS_MAX = 2048
FSYNCS = 1000


def resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024


def anonymous(pid: int) -> int:
    """Bytes of the process's own, without files that it has mapped."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+) kB", status).group(1)) * 1024


def processor_s(pid: int) -> float:
    """What it has used of a processor."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine(folder: Path) -> list[str]:
    """What these figures are of."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text()).group(1))
    load = os.getloadavg()[0]
    return [f"machine: {os.cpu_count()} cores of {cpu.group(1) if cpu else platform.machine()}, "
            f"{memory / 2**20:.0f} GiB, Linux {platform.release()}",
            f"disk: {fsync_text(folder)}; "
            f"load of the minute before: {load:.1f}"]


def fsync_text(folder: Path) -> str:
    """What an append-only file waits for with each fsync."""
    took = []
    with open(folder / "fsync", "wb", buffering=0) as file:
        for _ in range(FSYNCS):
            file.write(bytes(1024))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    median, worst = statistics.median(took), statistics.quantiles(took, n=100)[-1]
    return f"fdatasync after 1 KiB takes {median:.2f} ms (median), {worst:.2f} ms (p99)"


def last_status(log: Path) -> dict:
    """The last whole line of a load generator's output; empty before the first. Reads only the end:
    who looks often must not take part in what is measured."""
    with open(log, "rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - STATUS_MAX))
        lines = file.read().split(b"\n")
    return json.loads(lines[-2]) if len(lines) > 1 and lines[-2].startswith(b"{") else {}


class Load(Process):
    """An adit-loadgen in a folder of the measurement. `miners` is how many must work."""

    def __init__(self, binaries: Path, folder: Path, url: str, miners: int,
                 options: tuple[str, ...], name: str = "load"):
        self._miners = miners
        self._summary = folder / f"{name}.json"
        super().__init__(
            [str(binaries / LOADGEN), "--url", url, "--miners", str(miners), "--user", name,
             "--summary", str(self._summary), *options], folder / f"{name}.log")

    def start(self) -> None:
        self.log.unlink(missing_ok=True)
        super().start()

    def status(self) -> dict:
        """The last whole line that it said; empty before the first."""
        if not self.is_running():
            raise Failure(f"{LOADGEN} ended: {self.text()[-500:]}")
        return last_status(self.log)

    def wait_for(self, claim, what: str, patience_s: float = WORK_WITHIN_S) -> dict:
        """The first status of which the claim is true."""
        deadline = time.monotonic() + patience_s
        while not (status := self.status()) or not claim(status):
            if time.monotonic() > deadline:
                raise Failure(f"waited {patience_s:.0f} s for {what}; {status.get('working', 0)} "
                              f"of {self._miners} miners work")
            time.sleep(LOOK_EVERY_S)
        return status

    def wait_until_all_work(self) -> dict:
        return self.wait_for(lambda status: status["working"] == self._miners, "all miners to work")

    def wait_until_s(self, seconds: float) -> dict:
        """The first status after so many seconds of its own."""
        return self.wait_for(lambda status: status["seconds"] >= seconds,
                             f"{LOADGEN}'s second {seconds:.0f}")

    def end(self) -> dict:
        if self.stop() != 0:
            raise Failure(f"{LOADGEN} failed: {self.text()[-500:]}")
        return json.loads(self._summary.read_text())


def check_answers(what: str, summary: dict) -> None:
    """Whatever the figures are: every share has its answer, and none is refused but as stale."""
    honest = summary["shares"]["honest"]
    refused = set(honest["rejected_by_reason"]) - {"stale-share"}
    if honest["waiting"] or honest["unknown"] or refused or summary["connections_lost"]:
        raise Failure(f"{what}: {honest['waiting']} shares without an answer, "
                      f"{honest['unknown']} lost, {summary['connections_lost']} connections lost, "
                      f"refused: {honest['rejected_by_reason']}")
