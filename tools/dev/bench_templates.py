"""./dev bench templates: how long after a node's announcement a new block is on miners' sockets."""

import json
import select
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import children
import cmake
from chaos_pool import GATEWAYS, Pool
from chaos_store import LoneRedis
from console import Failure, say

sys.path.append(str(cmake.ROOT / "tests" / "support"))
import bitcoin_core

# What ./dev build has built already: it is optimised.
PRESET = "dev"
PROGRAM = "new_block_miners"
MINERS = 1000
BLOCKS, QUICK_BLOCKS = 100, 20
# In the mempool, none of which the blocks take along: what a template of a busy day has.
TRANSACTIONS, QUICK_TRANSACTIONS = 2000, 200
REST_S = 0.25
# Ten thousand connections one after the other, on a machine of others.
ANSWER_WITHIN_S = 180
# DATUM, the soonest of those whose figures are known: block to notify, p50, at 1,000 idle SV1
# miners, when it is signalled.
PEER_P50_MS = 19.5
# Our own budget for the first and the last of 1,000 connections.
BUDGET_MS = (3, 20)
MODES = {
    "early template first": {},
    "early first, by polling alone": {"zmq_hashblock": "none", "long_poll": False},
    "long poll alone": {"zmq_hashblock": "none"},
    "full template at once": {"early_templates": False},
}


def fill_mempool(node: bitcoin_core.Node, count: int) -> None:
    """So many transactions that do not hang together, of a coin each."""
    coins = -(-count // 100) + 1
    node.fund(coins=coins)
    for _ in range(coins - 1):
        node.rpc("sendmany", "", {node.rpc("getnewaddress", wallet="test"): 0.3
                                  for _ in range(100)}, wallet="test")
    node.generate(1)
    address = node.rpc("getnewaddress", wallet="test")
    for coin in node.rpc("listunspent", 1, 9, [], True, {"maximumAmount": 0.3},
                         wallet="test")[:count]:
        made = node.rpc("createrawtransaction", [{"txid": coin["txid"], "vout": coin["vout"]}],
                        [{address: 0.2999}])
        node.rpc("sendrawtransaction",
                 node.rpc("signrawtransactionwithwallet", made, wallet="test")["hex"])


class Miners:
    """The program that notes what reaches its miners."""

    def __init__(self, program: Path, url: str, zmq: str, count: int):
        self._process = subprocess.Popen(
            [program, "--url", url, "--zmq", zmq, "--miners", str(count)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=children.dies_with_parent())
        if self._read() != "ready":
            raise Failure(f"{PROGRAM} does not come up")

    def arrival(self, tip: str) -> dict:
        self._process.stdin.write(tip + "\n")
        self._process.stdin.flush()
        return json.loads(self._read())

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _read(self) -> str:
        if not select.select([self._process.stdout], [], [], ANSWER_WITHIN_S)[0]:
            raise Failure(f"{PROGRAM} says nothing for {ANSWER_WITHIN_S} s")
        line = self._process.stdout.readline()
        if not line:
            raise Failure(f"{PROGRAM} ended with status {self._process.wait()}")
        return line.strip()


def measure(binaries: Path, folder: Path, node: bitcoin_core.Node, options: dict, blocks: int,
            count: int = MINERS) -> dict[str, list[float]]:
    """Milliseconds from the announcement to the first and the last miner, of any job and of one
    with transactions."""
    pool = Pool(binaries, folder, 1, LoneRedis, nodes=[
        {"name": "core", "kind": "bitcoind", "url": node.url, "cookie_file": str(node.cookie),
         "refresh_interval": "10m", "refresh_gain_sat": 0, **options}])
    miners = Miners(binaries / PROGRAM, pool.miners.all[0].url, node.zmq, count)
    found: dict[str, list[float]] = {}

    def mine() -> tuple[str, dict]:
        time.sleep(REST_S)
        tip = node.rpc("generateblock", bitcoin_core.NOBODY, [])["hash"]
        return tip, miners.arrival(tip)

    try:
        while not mine()[1]["announced_us"]:  # a subscription takes a moment
            pass
        for _ in range(blocks):
            tip, arrival = mine()
            for kind in ("job", "full"):
                if arrival[kind]["count"] != count or not arrival["announced_us"]:
                    raise Failure(f"{arrival[kind]['count']} of {count} miners heard of {tip}")
                for end in ("first", "last"):
                    found.setdefault(f"{kind}_{end}", []).append(
                        (arrival[kind][f"{end}_us"] - arrival["announced_us"]) / 1000)
    finally:
        miners.stop()
    pool.stop()
    return found


def quantiles(values: list[float]) -> str:
    return f"{statistics.median(values):6.1f} {statistics.quantiles(values, n=100)[98]:7.1f}"


def bench(quick: bool) -> str:
    try:
        program = bitcoin_core.find()
    except bitcoin_core.Unavailable as reason:
        return f"new blocks: skipped: {reason}"
    say(cmake.build(PRESET, "new_block"))
    binaries = cmake.folder(PRESET) / "bin"
    blocks = QUICK_BLOCKS if quick else BLOCKS
    transactions = QUICK_TRANSACTIONS if quick else TRANSACTIONS
    folder = cmake.ROOT / "var" / "bench-templates"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    say(f"{bitcoin_core.version(program)}, {transactions} transactions in its mempool; "
        f"{MINERS} connections with a channel each at one of {len(GATEWAYS)} gateways; "
        f"{blocks} blocks of each kind")
    medians = {}
    with bitcoin_core.Node(folder) as node:
        fill_mempool(node, transactions)
        say(f"{'ms from hashblock: p50, p99':34} {'first job':>15} {'last job':>15} "
            f"{'first full job':>15} {'last full job':>15}")
        for number, (what, options) in enumerate(MODES.items()):
            found = measure(binaries, folder / str(number), node, options, blocks)
            medians[what] = statistics.median(found["job_first"])
            say(f"{what:34} " + " ".join(f"{quantiles(found[key]):>15}" for key in
                                         ("job_first", "job_last", "full_first", "full_last")))
    shutil.rmtree(folder)
    say(f"budget for an idle machine: first {BUDGET_MS[0]} ms, last {BUDGET_MS[1]} ms; DATUM, the "
        f"soonest peer that is known: p50 {PEER_P50_MS} ms to 1,000 idle SV1 miners")
    ours = medians["early template first"]
    said = (f"new blocks: p50 {ours:.1f} ms from the node's announcement to the first of {MINERS} "
            f"miners, soonest peer {PEER_P50_MS} ms")
    if ours >= PEER_P50_MS:
        raise Failure(said)
    return said
