"""./dev bench peers: the same miners on our pool and on those of others, in turns on one machine
and one node. Others are named in the environment, and what is not named is skipped."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import bench_peers_report as report
import bench_peers_runs as runs
import cmake
from bench_peers_pools import PEERS, Peer, Setting
from bench_load import machine
from console import Failure, say

sys.path.append(str(cmake.ROOT / "tests" / "support"))
import bitcoin_core

# What ./dev build has built already: it is optimised.
PRESET = "dev"
CONNECTIONS = (100, 1000)
REPEATS = 3
TARGETS = ("pool", "loadgen")
# From height 144 on, regtest's blocks signal for a test of signalling, with a bit that miners may
# roll: ckpool adds what they rolled to the job's version where BIP 310 replaces it.
PLAIN_VERSIONS = "-vbparams=testdummy:-2:0"
BUSY = ("the machine was busy with other work, which falls on one pool more than on the other by "
        "chance: no figure here is one of a pool alone")


def measure(peer: Peer, setting: Setting, lengths: runs.Lengths, repeats: int) -> report.Row:
    """Both in turns, each time the other first."""
    row = report.Row(peer, setting.miners)
    start = {"ours": peer.ours, "theirs": lambda to: peer.theirs(peer.program(), to)}
    for number in range(repeats):
        turns = ["ours", "theirs"] if number % 2 == 0 else ["theirs", "ours"]
        for side in turns:
            attempt(row, side, lambda pool, found, to: first_half(pool, found, to, peer, lengths),
                    start[side], setting)
        rate = rate_of(row) if peer.takes_shares else None
        for side in turns if rate else []:
            attempt(row, side, lambda pool, found, to: runs.run_open(
                pool, to.binaries, to.folder, to.miners, rate, lengths, found),
                start[side], setting)
        row.rate = rate or row.rate
    return row


def first_half(pool, found: runs.Found, to: Setting, peer: Peer, lengths: runs.Lengths) -> None:
    runs.run_idle(pool, to.node, to.binaries, to.folder, to.miners, lengths, found)
    if peer.takes_shares:
        runs.run_closed(pool, to.binaries, to.folder, to.miners, lengths, found)


def rate_of(row: report.Row) -> float | None:
    """Half of what the slower one takes."""
    both = [row.found[side].median("shares_s") for side in ("ours", "theirs")]
    return min(*(each / 2 for each in both), runs.RATE_MAX) if all(both) else None


def attempt(row: report.Row, side: str, what, start, setting: Setting) -> None:
    """A pool that cannot do something has a line that says so, and the others go on."""
    folder = setting.folder / f"{row.peer.name}-{side}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    to = Setting(setting.node, setting.binaries, folder, setting.miners)
    try:
        with start(to) as pool:
            pool.options = (*pool.options, *row.peer.options)
            what(pool, row.found[side], to)
    except (Failure, AssertionError) as error:
        row.found[side].missing.append(str(error))
        say(f"   {row.peer.name}, {setting.miners} connections, {side}: {error}")


def present() -> list[Peer]:
    found = []
    for peer in PEERS:
        if peer.program() is None:
            say(f"{peer.name}: skipped: {peer.variable} names no program")
        else:
            found.append(peer)
            say(f"{peer.name}: {peer.version()}")
    return found


def commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=cmake.ROOT, text=True,
                          capture_output=True, check=False)
    return done.stdout.strip() or "unknown"


def bench(is_quick: bool, writes: bool) -> str:
    peers = present()
    if not peers:
        return "peers: skipped: no pool of others is named"
    try:
        program = bitcoin_core.find(ipc=any(peer.needs_ipc for peer in peers))
    except bitcoin_core.Unavailable as reason:
        return f"peers: skipped: {reason} (ADIT_BITCOIND or ADIT_BITCOIN_NODE names one)"
    for target in TARGETS:
        say(cmake.build(PRESET, target))
    folder = cmake.ROOT / "var" / "bench-peers"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lengths, repeats = (runs.QUICK, 1) if is_quick else (runs.FULL, REPEATS)
    about = [datetime.now(UTC).strftime("date: %Y-%m-%d %H:%M UTC"), *machine(folder),
             f"load when it ended: {{load}}; node: {bitcoin_core.version(program)}, regtest",
             f"ours: {commit()}", f"runs: {repeats}, " + ("medians, " if repeats > 1 else "")
             + f"{lengths.seconds:.0f} s of shares each, {lengths.blocks} new blocks"]
    rows = []
    if os.getloadavg()[0] > os.cpu_count():
        about.append(BUSY)
    with bitcoin_core.Node(folder, PLAIN_VERSIONS,
                           ipc=any(peer.needs_ipc for peer in peers)) as node:
        node.generate(101)
        for peer in peers:
            for count in CONNECTIONS:
                to = Setting(node, cmake.folder(PRESET) / "bin", folder / str(count), count)
                rows.append(measure(peer, to, lengths, repeats))
                for text in report.table(rows[-1]):
                    say(text)
    about = [text.format(load=f"{os.getloadavg()[0]:.1f}") if "{load}" in text else text
             for text in about]
    for text in about:
        say(text)
    if writes:
        path = cmake.ROOT / "docs" / "peers.md"
        path.write_text(report.document(
            rows, about, is_quick, [peer.name for peer in PEERS if peer not in peers]))
        say(f"written: {Path('docs') / path.name}")
    shutil.rmtree(folder)
    failed = [why for row in rows for why in row.found["ours"].missing]
    if failed:
        raise Failure(f"ours could not do all: {'; '.join(failed)}")
    return report.summary(rows)
