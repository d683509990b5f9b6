"""./dev validate: random shares, judged by us and by an independent validator in Python.

A program of ours makes shares from the seed, valid and invalid, with every defect and both sides of
every bound, and judges each by itself and in a batch. The validator (tests/validator/validator.py)
derives coinbase, merkle root and header of each from the same plain records and judges it by the
rules of the protocol. Hash, verdict, credited difficulty and whether it solves a block are the same
three times, or the share is printed and the verb fails. Chunks of shares take turns with the ways
that this CPU has to hash.
"""

import argparse
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import children
import cmake
from console import Failure, Progress, run_verb, say

sys.path.insert(0, str(cmake.ROOT / "tests" / "validator"))

import validator

PRESET = "dev"
PROGRAM = "share-records"
CHUNK = 5_000
SHOWN_MAX = 5
# What a share can come to. In any number of shares worth the name each of them occurs.
VERDICTS = ("accepted", "stale-share", "bad-extranonce-size", "invalid-share",
            "invalid-non-rollable-version-bit", "version-rolling-not-allowed",
            "difficulty-too-low")


def compare(scene: dict) -> list[str]:
    """The differences between our verdicts on a job's shares and the validator's."""
    job, differences = validator.Job(scene), []
    for share in scene["shares"]:
        right = job.judge(share)
        for who in ("judge", "batch_judge"):
            differences += [f"{who}: {field} is {share[who][field]}, the validator has {value}"
                            for field, value in right.items() if share[who][field] != value]
    return differences


def _judge_chunk(task: tuple[str, int, int, int, str]) -> tuple[int, Counter, list[str]]:
    """One chunk: how many shares, how often each outcome, and what differs."""
    program, seed, chunk, shares, kernel = task
    counts, differences, judged = Counter(), [], 0
    with subprocess.Popen([program, str(seed), str(chunk), str(shares)], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          env={**os.environ, "ADIT_SHA256": kernel}, preexec_fn=children.dies_with_parent()) as process:
        for line in process.stdout:
            scene = json.loads(line)
            judged += len(scene["shares"])
            for share in scene["shares"]:
                counts[share["judge"]["verdict"]] += 1
                counts["blocks"] += share["judge"]["solves_block"]
            if found := compare(scene):
                differences.append(f"seed {seed}, chunk {chunk}, {kernel}: "
                                   f"{'; '.join(found)}\n{line}")
    if process.returncode != 0 or judged != shares:
        differences.append(f"{PROGRAM} {seed} {chunk} {shares} ended with status "
                           f"{process.returncode} after {judged} shares")
    return judged, counts, differences


def _leave_stopping_to_us() -> None:
    """In each worker: Ctrl-C is the verb's to answer, and a worker just ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _tasks(program: Path, seed: int, shares: int,
           kernels: list[str]) -> list[tuple[str, int, int, int, str]]:
    return [(str(program), seed, chunk, min(CHUNK, shares - chunk * CHUNK),
             kernels[chunk % len(kernels)])
            for chunk in range((shares + CHUNK - 1) // CHUNK)]


def _summary(counts: Counter) -> str:
    return ", ".join(f"{counts[name]:,} {name}" for name in VERDICTS)


def validate(binaries: Path | None, shares: int, seed: int, jobs: int) -> str:
    if binaries is None:
        say(cmake.build(PRESET, PROGRAM))
        binaries = cmake.folder(PRESET) / "bin"
    program = binaries / PROGRAM
    if not program.exists():
        raise Failure(f"{program} is not there; build it with ./dev build")
    kernels = subprocess.run([program, "kernels"], text=True, check=True,
                             stdout=subprocess.PIPE).stdout.split()
    started, done, counts, differences = time.monotonic(), 0, Counter(), []
    progress = Progress("validating shares")
    with multiprocessing.Pool(jobs, _leave_stopping_to_us) as pool:
        for judged, counted, found in pool.imap_unordered(_judge_chunk,
                                                          _tasks(program, seed, shares, kernels)):
            done += judged
            counts += counted
            differences += found
            progress.show(done, shares)
    progress.clear()
    for difference in differences[:SHOWN_MAX]:
        say(difference)
    if differences:
        raise Failure(f"{len(differences)} jobs have shares that we judge otherwise than the "
                      f"validator, of {done:,} shares of seed {seed}; see above")
    if done >= 4 * CHUNK and (absent := [name for name in VERDICTS if not counts[name]]):
        raise Failure(f"among {done:,} shares none is {absent[0]}: the shares test too little")
    say(f"{_summary(counts)}; {counts['blocks']:,} solve a block")
    took = time.monotonic() - started
    return (f"{done:,} shares of seed {seed} judged alike three times in {took:.0f} s, "
            f"hashed with {', '.join(kernels)}")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least one share")
    return number


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev validate", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shares", type=_count, metavar="N", default=100_000,
                        help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, metavar="N", default=1,
                        help="the same seed gives the same shares (default: %(default)s)")
    parser.add_argument("--jobs", type=_count, metavar="N", default=os.cpu_count(),
                        help="how many processes (default: one for each core)")
    parser.add_argument("--binaries", type=Path, metavar="DIR",
                        help="run the program in DIR instead of building it")
    options = parser.parse_args()
    run_verb("dev validate", lambda: validate(options.binaries, options.shares, options.seed,
                                              options.jobs))


if __name__ == "__main__":
    main()
