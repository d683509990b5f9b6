"""./dev chaos: breaks a running pool and checks that nothing is lost and nobody else notices.

A real pool (Redis with appendfsync always, two template replicas on a development node, three
channel-managers, two gateways, vardiff) under about 1,000 shares a second of real miners. Each
round strikes at a random moment, then: the auditor compares the miners' journals with the ledger;
miners of other processes have kept their connections; answers have gone on in time; what was
killed has joined again. Logs, journals and the ledger of a failed round stay under var/.

Before that, pools that are wrong on purpose (canaries) show that the auditor would see it.

Time limits hold on top of the longest pause that the same run shows without a fault: a machine
that is busy with something else stops everybody now and then. Both are printed.
"""

import argparse
import random
import shutil
import statistics
import time
from pathlib import Path

import chaos_miners
import children
import cmake
import duration
from chaos_canaries import CANARIES, Sung, sing
from chaos_canaries import program as canary_program
from chaos_kinds import KINDS
from chaos_pool import GATEWAYS, Pool
from chaos_round import Round, run_round
from console import Failure, run_verb, say

PRESET = "dev"
ROUNDS = 20
# The auditor reads the whole ledger after each round; a new pool keeps that short.
ROUNDS_A_POOL = 5
# What ./dev test runs: a round each of what takes seconds.
QUICK = ["worker", "gateway", "template-leader", "redis", "failover", "canary-replay", "canary-double"]
PROGRAMS = ("adit-gateway", "adit-channel-manager", "adit-template", "adit-devnode",
            "adit-vardiff", "adit-miner",
            "adit-auditor", "aditctl")


def positive(text: str) -> int:
    """For argparse."""
    try:
        if (number := int(text)) > 0:
            return number
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"\"{text}\" is not a whole number above 0")


def share_rate(text: str) -> float:
    """For argparse."""
    most = chaos_miners.share_rate_max(len(GATEWAYS))
    try:
        if 1 <= (rate := float(text)) <= most:
            return rate
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"\"{text}\" is not a number from 1 to {most:.0f}")


def parse_arguments() -> argparse.Namespace:
    kinds = "\n".join(f"  {name:14} {kind.what}"
                      for name, kind in {**KINDS, **CANARIES}.items())
    parser = argparse.ArgumentParser(
        prog="./dev chaos", description=__doc__, epilog=f"kinds:\n{kinds}",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, help="repeats a run's choices (default: by chance)")
    parser.add_argument("--rounds", type=positive, default=ROUNDS, metavar="N",
                        help="of each kind (default: %(default)s)")
    parser.add_argument("--for", dest="run_for_s", type=duration.seconds, metavar="TIME",
                        help="instead of so many rounds: all kinds in turn for 10m, 1h ...")
    parser.add_argument("--only", action="append", choices=[*KINDS, *CANARIES], metavar="KIND",
                        help="this kind only; may be given again")
    parser.add_argument("--quick", action="store_true",
                        help="one round each of " + ", ".join(QUICK))
    parser.add_argument("--share-rate", type=share_rate, default=1000, metavar="N",
                        help="shares a second of all miners together (default: %(default)s)")
    parser.add_argument("--keep", action="store_true",
                        help="keep the logs, journals and ledgers of clean rounds too")
    parser.add_argument("--binaries", type=Path, metavar="DIR",
                        help="run the programs in DIR instead of building them")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.only = 1, arguments.only or QUICK
    return arguments


class Kind:
    """One kind of fault over its rounds."""

    def __init__(self, name: str, run: "Chaos"):
        self.name = name
        self._fault = KINDS[name]
        self._run = run
        self.rounds: list[Round] = []

    def play(self, rounds: int) -> None:
        """So many rounds on a new pool, or fewer when one of them fails."""
        first = len(self.rounds)
        folder = self._run.folder / f"{self.name}-{first + 1}"
        problem = None
        try:
            pool = Pool(self._run.binaries, folder, self._run.share_rate, self._fault.store)
            for _ in range(rounds):
                if not self._play_one(pool) or self._run.is_over():
                    break
            pool.stop()
        except Failure as failure:
            problem = str(failure)
        children.end_all()
        if problem:
            self._fail(Round(problems=[problem]))
        is_good = not any(result.problems or self._is_late(result)
                          for result in self.rounds[first:])
        if folder.exists() and is_good and not self._run.keeps:
            shutil.rmtree(folder)
        elif folder.exists():
            say(f"  its logs, journals and ledger: {folder}")

    def _play_one(self, pool: Pool) -> bool:
        number = len(self.rounds) + 1
        fault = self._fault(random.Random(f"{self._run.seed} {self.name} {number}"))
        result = run_round(pool, fault)
        self.rounds.append(result)
        excused = f", {result.excused_s:.2f} s of it loading" if result.excused_s else ""
        say(f"{self.name} {number}: {result.victim or 'nobody'} struck, pause "
            f"{result.pause_s:.2f} s{excused} (without a fault {result.quiet_s:.2f} s), "
            f"{result.shares} shares in {result.seconds:.1f} s, {result.auditor}")
        for problem in result.problems:
            say(f"  FAILED: {problem}")
        return not result.problems

    def _fail(self, result: Round) -> None:
        self.rounds.append(result)
        for problem in result.problems:
            say(f"{self.name} FAILED: {problem}")

    @property
    def failed(self) -> list[str]:
        return [f"{self.name} {number}" for number, result in enumerate(self.rounds, 1)
                if result.problems]

    def _is_late(self, result: Round) -> bool:
        """The pause is over the limit by more than what the machine pauses anyway."""
        quiet_s = max(other.quiet_s for other in self.rounds)
        return result.pause_s > self._fault.goes_on_within_s + quiet_s + result.excused_s

    def late(self) -> list[str]:
        return [f"{self.name} {number} ({result.pause_s:.2f} s)"
                for number, result in enumerate(self.rounds, 1) if self._is_late(result)]

    def row(self) -> list[str]:
        pauses = sorted(result.pause_s for result in self.rounds if result.pause_s) or [0.0]
        quiet = [result.quiet_s for result in self.rounds] or [0.0]
        over = sum(1 for pause in pauses if pause > self._fault.goes_on_within_s)
        return [self.name, str(len(self.rounds)), str(len(self.failed)),
                str(sum(result.shares for result in self.rounds)),
                f"{statistics.median(pauses):.2f} s", f"{pauses[-1]:.2f} s",
                f"{self._fault.goes_on_within_s:g} s", str(over),
                f"{statistics.median(quiet):.2f} s", f"{max(quiet):.2f} s"]


HEADER = ["kind", "rounds", "failed", "shares", "pause median", "max", "limit", "over",
          "without a fault", "max"]


class Chaos:
    def __init__(self, arguments: argparse.Namespace, binaries: Path):
        self.seed = random.SystemRandom().randrange(10**6) if arguments.seed is None \
            else arguments.seed
        self.binaries = binaries
        self.share_rate = arguments.share_rate
        self.keeps = arguments.keep
        self.folder = cmake.ROOT / "var" / f"chaos-{self.seed}"
        self._arguments = arguments
        self._started = time.monotonic()

    def is_over(self) -> bool:
        limit = self._arguments.run_for_s
        return limit is not None and time.monotonic() - self._started >= limit

    def run(self) -> str:
        say(f"seed {self.seed}; repeat with --seed {self.seed}")
        shutil.rmtree(self.folder, ignore_errors=True)
        wanted = self._arguments.only or [*CANARIES, *KINDS]
        canaries = [self._sing(name) for name in wanted if name in CANARIES]
        kinds = [Kind(name, self) for name in wanted if name in KINDS]
        if self._arguments.run_for_s is not None:
            while kinds and not self.is_over():
                for kind in kinds:
                    if not self.is_over():
                        kind.play(ROUNDS_A_POOL)
        else:
            for kind in kinds:
                while (left := self._arguments.rounds - len(kind.rounds)) > 0:
                    kind.play(min(left, ROUNDS_A_POOL))
        return self._report([kind for kind in kinds if kind.rounds], canaries)

    def _sing(self, name: str) -> Sung:
        folder = self.folder / name
        try:
            sung = sing(CANARIES[name], self.binaries, folder, self.share_rate,
                        f"{self.seed} {name}")
        except Failure as failure:
            sung = Sung(name, text=str(failure))
        children.end_all()
        say(f"{name}: {'' if sung.is_caught else 'FAILED: '}{sung.text}")
        if folder.exists() and sung.is_caught and not self.keeps:
            shutil.rmtree(folder)
        elif folder.exists():
            say(f"  its logs, journals and ledger: {folder}")
        return sung

    def _report(self, kinds: list[Kind], canaries: list[Sung]) -> str:
        missed = [sung.name for sung in canaries if not sung.is_caught]
        rows = [HEADER] + [kind.row() for kind in kinds]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER))]
        for row in rows if kinds else []:
            say("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                          for i, (cell, width) in enumerate(zip(row, widths))))
        rounds = sum(len(kind.rounds) for kind in kinds)
        shares = sum(result.shares for kind in kinds for result in kind.rounds)
        failed = [name for kind in kinds for name in kind.failed]
        late = [name for kind in kinds for name in kind.late()]
        parts = [f"{what}: {', '.join(names)}" for what, names in
                 (("failed", failed), ("too late", late), ("not caught", missed)) if names]
        if parts:
            raise Failure(f"of {rounds} rounds and {len(canaries)} canaries with seed {self.seed} "
                          f"{'; '.join(parts)}; see {self.folder}")
        if self.folder.exists() and not any(self.folder.iterdir()):
            self.folder.rmdir()
        return (f"{rounds} rounds clean, {len(canaries)} canaries caught, {shares} shares, "
                f"{time.monotonic() - self._started:.0f} s, seed {self.seed}")


def chaos(arguments: argparse.Namespace) -> str:
    if arguments.binaries:
        binaries = arguments.binaries.resolve()
    else:
        say(cmake.build(PRESET, "chaos"))
        binaries = cmake.folder(PRESET) / "bin"
    programs = [binaries / name for name in PROGRAMS] + [canary_program(binaries)]
    missing = [path.name for path in programs if not path.exists()]
    if missing:
        raise Failure(f"{binaries} lacks {', '.join(missing)}")
    for program in ("redis-server", "redis-cli"):
        if shutil.which(program) is None:
            raise Failure(f"{program} is not installed; Debian's redis-server and redis-tools "
                          "have both")
    return Chaos(arguments, binaries).run()


def main() -> None:
    arguments = parse_arguments()
    children.adopt_orphans()
    try:
        run_verb("dev chaos", lambda: chaos(arguments))
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
