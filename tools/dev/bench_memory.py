"""./dev bench memory: what a miner's connection costs a gateway in user memory."""

import subprocess
from dataclasses import dataclass

import cmake
from console import Failure, say

PROGRAM = "gateway_memory_probe"
# What ./dev build has built already: it is optimised, and the heap does not depend on how far.
PRESET = "dev"


@dataclass(frozen=True)
class Case:
    what: str
    miners: str
    connections: int
    bytes_max: int


# The budget of an idle connection is libs/sv2/limits.h's. An hour later it remembers the jobs of
# three tips, some sixty. The others follow from the limits there: a frame of 128 KiB, 1 MiB that
# waits to be read, or half of it and as much that is taken already; and steps of 64 KiB.
CASES = [
    Case("idle, one channel and its job", "idle", 5000, 4 * 1024),
    Case("the same an hour later", "aged", 1000, 8 * 1024),
    Case("all but a byte of the largest frame", "half-frame", 200, 144 * 1024),
    Case("never reads, at its most", "deaf", 20, 1280 * 1024),
    Case("reads, always 512 KiB behind", "slow", 5, 1280 * 1024),
]


def measure(program, case: Case) -> dict[str, float]:
    done = subprocess.run([program, "--miners", case.miners, "--connections",
                           str(case.connections)], text=True, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=600)
    if done.returncode != 0:
        raise Failure(f"{PROGRAM} ended with status {done.returncode}: {done.stderr[-300:]}")
    return {name: float(value) for name, value in
            (line.split("\t") for line in done.stdout.splitlines())}


def bench() -> str:
    say(cmake.build(PRESET, PROGRAM))
    over = []
    say(f"{'bytes for each connection':38} {'connections':>11} {'heap':>9} {'resident':>9} "
        f"{'bound':>9}")
    for case in CASES:
        found = measure(cmake.folder(PRESET) / "bin" / PROGRAM, case)
        say(f"{case.what:38} {case.connections:11} {found['heap']:9.0f} "
            f"{found['resident']:9.0f} {case.bytes_max:9}")
        if found["heap"] > case.bytes_max:
            over.append(case.what)
    if over:
        raise Failure(f"above the bound: {'; '.join(over)}")
    return f"connections stay within their memory, {len(CASES)} kinds of them"
