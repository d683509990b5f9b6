"""./dev bench pool: what happens at once to many: new blocks, reconnections, handshakes; and what
the idle cost."""

import base64
import http.client
import json
import re
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import bench_memory
import bench_redis_memory
import bench_templates
import bench_translator
import bitcoin_core
from bench_load import LOADGEN, Load, anonymous, processor_s
from bench_pool_load import ramp
from console import Failure
from processes import Process, free_port, wait_until, write_secret
from small_pool import SmallPool

RECONNECTING = 10_000
# Miners come back in a few seconds; a pool that is broken never has them all.
BACK_WITHIN_S = 60
REST_S = 0.25


class DevelopmentNode(Process):
    """adit-devnode, which announces blocks by ZeroMQ as Bitcoin Core does."""

    def __init__(self, binaries: Path, folder: Path, transactions: int):
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.zmq = f"tcp://127.0.0.1:{free_port()}"
        self._secret = folder / "node.secret"
        super().__init__(
            [str(binaries / "adit-devnode"), "--port", str(self._port), "--zmq-hashblock", self.zmq,
             "--transactions", str(transactions), "--refresh-interval", "0",
             "--regtest-difficulty"],
            folder / "devnode.log")
        write_secret(self._secret, "any\n")
        self.start()
        wait_until(self._answers, "adit-devnode")

    def what(self) -> str:
        return "adit-devnode, the development chain: no Bitcoin Core is named (ADIT_BITCOIND)"

    def table(self) -> dict:
        return {"name": "devnode", "kind": "bitcoind", "url": self.url, "user": "any",
                "password_file": str(self._secret)}

    def rpc(self, method: str, *params):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request("POST", "/", json.dumps({"id": 1, "method": method,
                                                        "params": list(params)}),
                               {"Authorization": "Basic " + base64.b64encode(b"any:any").decode()})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if answer["error"]:
            raise Failure(f"adit-devnode: {method}: {answer['error']['message']}")
        return answer["result"]

    def _answers(self) -> bool:
        try:
            return self.rpc("getblockcount") is not None
        except OSError:
            return False


class CoreNode(bitcoin_core.Node):
    def __init__(self, folder: Path, transactions: int):
        super().__init__(folder)
        self._transactions = transactions
        bench_templates.fill_mempool(self, transactions)

    def what(self) -> str:
        return (f"{bitcoin_core.version(self.program)}, {self._transactions} transactions in its "
                "mempool")

    def table(self) -> dict:
        return {"name": "core", "kind": "bitcoind", "url": self.url, "cookie_file":
                str(self.cookie), "refresh_interval": "10m", "refresh_gain_sat": 0}


def node(binaries: Path, folder: Path, transactions: int):
    """A Bitcoin Core where one is named or on the PATH, else the development chain's."""
    try:
        bitcoin_core.find()
    except bitcoin_core.Unavailable:
        return DevelopmentNode(binaries, folder, min(transactions, 500))
    return CoreNode(folder, transactions)


def mine(at) -> str:
    """A block of nobody's; its hash."""
    return at.rpc("generateblock", bitcoin_core.NOBODY, [])["hash"]


def new_blocks(binaries: Path, pool: SmallPool, at, connections: int,
               blocks: int) -> dict[str, list[float]]:
    """Milliseconds from the node's announcement to the first and the last connection's job, and to
    the last one's with transactions."""
    miners = bench_templates.Miners(binaries / bench_templates.PROGRAM, pool.url, at.zmq,
                                    connections)
    found: dict[str, list[float]] = {"first": [], "last": [], "full": []}

    def arrival() -> tuple[str, dict]:
        time.sleep(REST_S)
        tip = mine(at)
        return tip, miners.arrival(tip)

    try:
        for _ in range(20):  # a subscription takes a moment
            if arrival()[1]["announced_us"]:
                break
        else:
            raise Failure(f"the node at {at.zmq} announces no blocks")
        for _ in range(blocks):
            tip, heard = arrival()
            if not heard["announced_us"] or any(heard[kind]["count"] != connections
                                                for kind in ("job", "full")):
                raise Failure(f"{heard['job']['count']} of {connections} miners heard of {tip}, "
                              f"{heard['full']['count']} of its transactions")
            for name, kind, end in (("first", "job", "first"), ("last", "job", "last"),
                                    ("full", "full", "last")):
                found[name].append((heard[kind][f"{end}_us"] - heard["announced_us"]) / 1000)
    finally:
        miners.stop()
    return found


@dataclass
class Translator:
    memory: float      # bytes of a miner
    last_ms: list[float]
    ready_s: float


def translator(binaries: Path, pool: SmallPool, at, miners: int, blocks: int) -> Translator:
    """Idle SV1 miners on one translator, each with a channel of its own."""
    folder = pool.folder / "translator"
    folder.mkdir()
    with bench_translator.translator(binaries, folder, pool.url, "per-miner", miners) as service:
        service.start_and_wait()
        time.sleep(0.5)
        before, began = anonymous(service.pid), time.monotonic()
        peers = bench_translator.Miners(binaries / bench_translator.PROGRAM,
                                        int(service.address.rsplit(":", 1)[1]), miners)
        found = Translator(0, [], 0)
        try:
            if peers.line(bench_translator.READY_WITHIN_S, "every miner to have a job") != "ready":
                raise Failure(f"{bench_translator.PROGRAM} does not come up")
            found.ready_s = time.monotonic() - began
            for _ in range(blocks):
                time.sleep(REST_S)
                mine(at)
                peers.line(bench_translator.BLOCK_WITHIN_S, "a block to reach all miners")
                found.last_ms.append(
                    service.metric(bench_translator.NOTIFY.format("last")) * 1000)
            found.memory = (anonymous(service.pid) - before) / miners
        finally:
            peers.stop()
        service.stop()
    return found


@dataclass
class Reconnect:
    """Seconds since the gateway was killed."""

    ready: float     # the new one serves
    all_work: float  # the last miner has a job
    all_mine: float  # and a share accepted


def reconnect(binaries: Path, pool: SmallPool, connections: int = RECONNECTING) -> Reconnect:
    options = ("--channels", "extended", "--share-rate", str(connections // 5), "--share-at-once",
               "--spread-addresses", "--ramp", ramp(connections))
    with Load(binaries, pool.folder, pool.url, connections, options) as load:
        load.start()
        load.wait_until_s(load.wait_until_all_work()["seconds"] + 2)
        killed = time.monotonic()
        pool.gateway.kill()
        pool.gateway.start()
        wait_until(pool.gateway.is_ready, "the gateway to be ready again")
        ready = time.monotonic() - killed
        load.wait_for(lambda status: status["lost"] >= connections, "every miner to notice")
        back = load.wait_for(lambda status: status["working"] == connections,
                             "every miner to be back", BACK_WITHIN_S)
        load.wait_until_s(back["seconds"] + 3)
        summary = load.end()
    return read_reconnects(summary["reconnects"], connections, ready)


def read_reconnects(reconnects: list[dict], connections: int, ready: float) -> Reconnect:
    """A miner that lost the new connection too counts by its last one."""
    began = min(each["at"] for each in reconnects)
    served = [each for each in reconnects if each["accepted_again"] is not None]
    if len(served) < connections:
        raise Failure(f"{connections - len(served)} of {connections} miners that reconnected have "
                      "no share accepted")
    return Reconnect(ready, max(each["works_again"] for each in served) - began,
                     max(each["accepted_again"] for each in served) - began)


@dataclass
class Handshakes:
    rate_s: float
    gateway_us: float  # of CPU, each


def handshakes(binaries: Path, pool: SmallPool, seconds: float) -> Handshakes:
    """As many as there are: connections that shake hands and go, more than two cores have."""
    summary_path = pool.folder / "storm.json"
    load = Process([str(binaries / LOADGEN), "--url", pool.url, "--miners", "0", "--storm", "8000", "--spread-addresses", "--for",
                    f"{seconds:.0f}s", "--summary", str(summary_path)], pool.folder / "storm.log")
    before = processor_s(pool.gateway.pid)
    with load:
        load.start()
        if load.wait() != 0:
            raise Failure(f"{LOADGEN} failed: {load.text()[-500:]}")
    summary = json.loads(summary_path.read_text())
    count = summary["storm_handshake_us"]["count"]
    if count == 0:
        raise Failure(f"no handshake came to its end: {summary['hostile']}")
    return Handshakes(count / summary["seconds"],
                      (processor_s(pool.gateway.pid) - before) / count * 1e6)


def idle_connection(binaries: Path, connections: int) -> float:
    """Bytes of a gateway's heap for an idle connection with a channel."""
    case = bench_memory.CASES[0]
    return bench_memory.measure(binaries / bench_memory.PROGRAM, bench_memory.Case(
        case.what, case.miners, connections, case.bytes_max))["heap"]


def redis_memory(binaries: Path) -> float:
    """MB of 100,000 channels and their shares."""
    done = subprocess.run(
        bench_redis_memory.command(binaries / bench_redis_memory.PROGRAM,
                                   bench_redis_memory.CASES[0], False),
        text=True, check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=600)
    found = re.search(r"together\s+([0-9.]+) MB", done.stdout)
    if not found:
        raise Failure(f"{bench_redis_memory.PROGRAM} ended with status {done.returncode}: "
                      f"{done.stderr[-300:]}")
    return float(found.group(1))


def quantile(values: list[float], q: float) -> float:
    """Nearest rank: of few values the p99 is the largest."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def median(values: list[float]) -> float:
    return statistics.median(values)

