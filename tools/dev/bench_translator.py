"""./dev bench translator: what 10,000 idle SV1 miners cost a translator, and when a new block
reaches them."""

import json
import select
import shutil
import statistics
import subprocess
import time
from pathlib import Path

import children
import cmake
from bench_load import PRESET, anonymous, processor_s
from chaos_pool import Pool
from chaos_store import LoneRedis
from console import Failure, say

from processes import Service, free_port

PROGRAM = "translator_idle_miners"
MINERS, QUICK_MINERS = 10_000, 1_000
BLOCKS, QUICK_BLOCKS = 12, 5
MODES = ("per-miner", "aggregated")
MEMORY_BUDGET = 16 * 1024
LAST_BUDGET_MS = 100
READY_WITHIN_S = 300
BLOCK_WITHIN_S = 120
NOTIFY = "adit_translator_new_block_{}_notify_seconds"


class Miners:
    def __init__(self, program: Path, port: int, count: int):
        self._process = subprocess.Popen([program, "--port", str(port), "--miners", str(count)],
                                         stdout=subprocess.PIPE, text=True, bufsize=1,
                                         preexec_fn=children.dies_with_parent())

    def line(self, patience_s: float, what: str) -> str:
        if not select.select([self._process.stdout], [], [], patience_s)[0]:
            raise Failure(f"waited {patience_s:.0f} s for {what}")
        line = self._process.stdout.readline()
        if not line:
            raise Failure(f"{PROGRAM} ended with status {self._process.wait()}")
        return line.strip()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


def translator(binaries: Path, folder: Path, url: str, mode: str, miners: int) -> Service:
    listen = f"127.0.0.1:{free_port()}"
    pools = [{"url": url, **({"user_identity": "bench.farm"}
                                                if mode == "aggregated" else {})}]
    service = Service(binaries / "adit-translator", folder, {
        "mode": mode, "listen": {"address": listen}, "pools": pools,
        "limits": {"connections": miners + 100}})
    service.address = listen
    return service


def measure(binaries: Path, folder: Path, url: str, mode: str, count: int,
            blocks: int) -> dict[str, list[float]]:
    folder.mkdir()
    found = {"memory": [], "spread_ms": [], "first_ms": [], "last_ms": []}
    with translator(binaries, folder, url, mode, count) as service:
        service.start_and_wait()
        time.sleep(1)
        pid = service.pid
        before = anonymous(pid)
        began = time.monotonic()
        miners = Miners(binaries / PROGRAM, int(service.address.rsplit(":", 1)[1]), count)
        try:
            if miners.line(READY_WITHIN_S, f"{count} miners to have a job") != "ready":
                raise Failure(f"{PROGRAM} does not come up")
            found["ready_s"] = [time.monotonic() - began]
            used = processor_s(pid)
            for _ in range(blocks):
                arrival = json.loads(miners.line(BLOCK_WITHIN_S, "a block to reach all miners"))
                found["spread_ms"].append((arrival["last_us"] - arrival["first_us"]) / 1000)
                for end in ("first", "last"):
                    found[f"{end}_ms"].append(service.metric(NOTIFY.format(end)) * 1000)
                found["memory"].append((anonymous(pid) - before) / count)
            found["cpu_ms"] = [(processor_s(pid) - used) * 1000 / blocks]
        finally:
            miners.stop()
        service.stop()
    return found


def bench(quick: bool) -> str:
    say(cmake.build(PRESET, "translator_bench"))
    binaries = cmake.folder(PRESET) / "bin"
    count, blocks = (QUICK_MINERS, QUICK_BLOCKS) if quick else (MINERS, BLOCKS)
    folder = cmake.ROOT / "var" / "bench-translator"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # Its miners find the blocks, with few hashes.
    pool = Pool(binaries, folder / "pool", 1, LoneRedis)
    over = []
    try:
        pool.miners.start()
        say(f"{count} idle SV1 miners on one translator, {blocks} blocks")
        say(f"{'mode':12} {'bytes each':>10} {'first job out':>14} {'last job out':>22} "
            f"{'first to last read':>19} {'processor':>10} {'connected in':>13}")
        for mode in MODES:
            found = measure(binaries, folder / mode, pool.miners.all[0].url, mode, count, blocks)
            memory, last = max(found["memory"]), statistics.median(found["last_ms"])
            say(f"{mode:12} {memory:10.0f} {statistics.median(found['first_ms']):11.1f} ms "
                f"{last:8.1f} ms, most {max(found['last_ms']):5.0f} "
                f"{statistics.median(found['spread_ms']):16.1f} ms "
                f"{found['cpu_ms'][0]:7.0f} ms {found['ready_s'][0]:11.1f} s")
            if memory > MEMORY_BUDGET:
                over.append(f"{mode}: {memory:.0f} bytes for each miner")
            if last > LAST_BUDGET_MS:
                over.append(f"{mode}: {last:.0f} ms to the last miner")
        say(f"budgets on an idle machine: {MEMORY_BUDGET} bytes, {LAST_BUDGET_MS} ms from the new "
            "job's arrival to the last miner's socket; processor is the translator's for each "
            "block, all else that it does between two of them included")
    finally:
        pool.miners.stop()
        pool.stop()
    if over:
        raise Failure(f"above the budget: {'; '.join(over)}")
    shutil.rmtree(folder)
    return f"{count} idle SV1 miners stay within {MEMORY_BUDGET} bytes and {LAST_BUDGET_MS} ms"
