"""./dev soak: SV1 miners through one translator into a full pool, for long.

The pool is that of ./dev chaos (Redis with appendfsync always, two template replicas on a
development node, three channel-managers, two gateways), with a vardiff that follows hash rates and
a new block every few seconds. Before its gateways is one translator, and before that adit-loadgen:
miners of 200 to 2,000 hashes a second that greet as five firmwares do and suggest difficulties which
are up to four times off, some that come and go, some that send shares twice or for a worker that
they are not, and one each that never reads its socket, sends half lines, or floods.

At a third of the time the gateway in use is killed, at two thirds both are. Then: every miner's
shares kept being answered, nobody was without service for over 5 s apart from the kills, memory and
descriptors are flat, targets have moved to what hash rates ask for, and the auditor finds in the
ledger what the miners wrote down.
"""

import argparse
import random
import re
import shutil
import time
from pathlib import Path

import children
import cmake
import duration
import soak_judge
from console import Failure, run_verb, say
from soak_load import Crowd, Load
from soak_pool import MODES, TRANSLATOR, Kill, Pool, Sample

PRESET = "dev"
PROGRAMS = ("adit-gateway", "adit-channel-manager", "adit-template", "adit-devnode", "adit-vardiff",
            "adit-translator", "adit-loadgen", "adit-auditor", "aditctl")
QUICK_S, QUICK_MINERS = 120.0, 50
KILLS = (1 / 3, 2 / 3)
# Miners and pool share a machine: beyond so many shares a second they get in each other's way.
SHARES_PER_SECOND_MAX = 250.0
SHARES_PER_MINUTE_MAX = 60.0
SAY_EVERY_S = 10.0
ALL_WORK_WITHIN_S = 30.0
VIOLATIONS_SAID = 5


def shares_per_minute(miners: int) -> float:
    """Wanted of each miner."""
    return min(SHARES_PER_MINUTE_MAX, round(SHARES_PER_SECOND_MAX * 60 / miners, 1))


def miners(text: str) -> int:
    """For argparse."""
    try:
        if 1 <= (number := int(text)) <= 10_000:
            return number
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"\"{text}\" is not a number from 1 to 10000")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev soak", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--miners", type=miners, default=QUICK_MINERS, metavar="N",
                        help="that stay (default: %(default)s); others come and go beside them")
    parser.add_argument("--for", dest="run_for_s", type=duration.seconds, default=600.0,
                        metavar="TIME", help="how long, 60s at least (default: 10m)")
    parser.add_argument("--mode", choices=MODES, default=MODES[0],
                        help="the translator's (default: %(default)s)")
    parser.add_argument("--quick", action="store_true",
                        help=f"{QUICK_S / 60:.0f} minutes, what ./dev test runs")
    parser.add_argument("--seed", type=int, help="repeats a run's choices (default: by chance)")
    parser.add_argument("--keep", action="store_true",
                        help="keep logs, journal and ledger of a clean run too")
    parser.add_argument("--binaries", type=Path, metavar="DIR",
                        help="run the programs in DIR instead of building them")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.run_for_s = QUICK_S
    if arguments.run_for_s < 60:
        parser.error("--for must be 60s at least")
    if arguments.seed is None:
        arguments.seed = random.SystemRandom().randrange(10**6)
    return arguments


def shortened(said: str) -> list[str]:
    """What the auditor said, and no more than a few of its violations."""
    lines = said.splitlines()
    violations = [line for line in lines if re.match(r"I\d ", line)]
    return violations[:VIOLATIONS_SAID] + [line for line in lines if line not in set(violations)]


class Soak:
    def __init__(self, arguments: argparse.Namespace, binaries: Path):
        self._arguments = arguments
        self._rate = shares_per_minute(arguments.miners)
        self._folder = cmake.ROOT / "var" / f"soak-{arguments.mode}-{arguments.seed}"
        self._crowd = Crowd.beside(arguments.miners)
        self._samples: list[Sample] = []
        self._kills: list[Kill] = []
        self._next_words = 0.0
        shutil.rmtree(self._folder, ignore_errors=True)
        self._pool = Pool(binaries, self._folder, arguments.mode, arguments.miners, self._rate)
        self._load = Load(binaries / "adit-loadgen", self._folder, self._pool.miner_port,
                          arguments.miners, self._crowd, self._rate, arguments.seed)
        self._began = time.monotonic()

    def run(self) -> str:
        say(f"{self._arguments.miners} miners, {self._rate:g} shares a minute each, mode "
            f"{self._arguments.mode}, seed {self._arguments.seed}")
        self._wait_for_work()
        for number, part in enumerate(KILLS):
            self._watch(self._began + part * self._arguments.run_for_s)
            names = self._pool.gateways_to_kill(number)
            say(f"kill -9 of {', '.join(names)}")
            self._kills.append(self._pool.kill(names))
        self._watch(self._began + self._arguments.run_for_s)
        summary = self._load.stop()
        took_s = time.monotonic() - self._began
        self._pool.check_living()
        is_clean, said = self._pool.audit_sv1(self._load.journal, self._kills)
        verdict = soak_judge.judge(summary, self._samples, self._kills,
                                   self._crowd.joiners + self._crowd.strangers)
        self._pool.stop()
        for what, value in verdict.table:
            say(f"  {what:45} {value}")
        for line in shortened(said):
            say(f"  {line}")
        if not is_clean:
            verdict.fail(said.strip().splitlines()[-1] if said.strip() else "no auditor's verdict")
        what = f"{self._arguments.miners} miners {self._arguments.mode} for {took_s:.0f} s"
        if verdict.problems:
            raise Failure(f"{what}: {'; '.join(verdict.problems)}; see {self._folder}")
        if not self._arguments.keep:
            shutil.rmtree(self._folder)
        accepted = summary["shares"]["honest"]["accepted"]
        return (f"{what}: {accepted} shares accepted, nobody without service for over "
                f"{soak_judge.GAP_MAX_S:.0f} s apart from {len(self._kills)} kills, memory and "
                f"descriptors flat, auditor clean")

    def _wait_for_work(self) -> None:
        deadline = time.monotonic() + ALL_WORK_WITHIN_S
        while self._load.status().get("working", 0) < self._arguments.miners:
            self._load.check_living()
            if time.monotonic() > deadline:
                raise Failure(f"only {self._load.status().get('working', 0)} of "
                              f"{self._arguments.miners} miners have work after "
                              f"{ALL_WORK_WITHIN_S:.0f} s; see {self._folder}")
            time.sleep(0.2)

    def _watch(self, until: float) -> None:
        while (now := time.monotonic()) < until:
            self._pool.check_living()
            self._load.check_living()
            self._samples.append(self._pool.sample(self._began))
            if now >= self._next_words:
                self._next_words = now + SAY_EVERY_S
                self._say()
            time.sleep(min(1.0, until - now))

    def _say(self) -> None:
        status, sample = self._load.status(), self._samples[-1]
        say(f"{duration.clock(sample.at_s)}  {status['working']} mine, {status['accepted']} "
            f"accepted, {status['rejected']} rejected, p99 {status['answer_p99_us'] / 1000:.1f} ms, "
            f"oldest waits {status['oldest_wait_s']:.2f} s; {TRANSLATOR} "
            f"{sample.resident_bytes / 2**20:.1f} MiB, {sample.descriptors} descriptors")


def soak(arguments: argparse.Namespace) -> str:
    if arguments.binaries:
        binaries = arguments.binaries.resolve()
    else:
        say(cmake.build(PRESET, "soak"))
        binaries = cmake.folder(PRESET) / "bin"
    missing = [name for name in PROGRAMS if not (binaries / name).exists()]
    if missing:
        raise Failure(f"{binaries} lacks {', '.join(missing)}")
    return Soak(arguments, binaries).run()


def main() -> None:
    arguments = parse_arguments()
    children.adopt_orphans()
    try:
        run_verb("dev soak", lambda: soak(arguments))
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
