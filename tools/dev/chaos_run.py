"""A run of ./dev chaos: its kinds in turn, pool after pool, and what came of each."""

import argparse
import os
import random
import shutil
import statistics
import time
from pathlib import Path

import chaos_clock_faults
import chaos_report
import children
import cmake
import own_network
from chaos_canaries import CANARIES, Sung, sing
from chaos_disk import release_under
from chaos_kinds import KINDS
from chaos_machines import Machines
from chaos_pool import Pool, Setting
from chaos_round import Round, run_round
from console import Failure, say

# The auditor reads the whole ledger after each round; a new pool keeps that short.
ROUNDS_A_POOL = 5
# Where all kinds are played in turn for a while, so that each comes.
ROUNDS_A_TURN = 2
# A stall, from its beginning to its name.
NAMED_WITHIN_S = 5.0


class Kind:
    """One kind of fault over its rounds."""

    def __init__(self, name: str, run: "Chaos"):
        self.name = name
        self.fault = KINDS[name]
        self._run = run
        self.rounds: list[Round] = []

    def play(self, rounds: int) -> None:
        """So many rounds on a new pool, or fewer when one of them fails."""
        first = len(self.rounds)
        folder = self._run.folder / f"{self.name}-{first + 1}"
        problem = None
        try:
            pool = Pool(self._run.binaries, folder, self.fault.share_rate or self._run.share_rate,
                        self.fault.store, setting=self._setting())
            for _ in range(rounds):
                if not self._play_one(pool) or self._run.is_over():
                    break
            pool.stop()
        except (Failure, OSError) as failure:
            problem = str(failure)
        children.end_all()
        release_under(folder)
        if self._run.machines:
            self._run.machines.mend_all()
        if problem:
            self._fail(Round(problems=[problem]))
        is_good = not any(result.problems or self._is_late(result)
                          for result in self.rounds[first:])
        if folder.exists() and is_good and not self._run.keeps:
            shutil.rmtree(folder)
        elif folder.exists():
            for result in self.rounds[first:]:
                result.logs = folder
            say(f"  its logs, journals and ledger: {folder}")

    def _setting(self) -> Setting:
        fault = self.fault
        return Setting(
            machines=self._run.machines if fault.needs_machines else None, disks=fault.disks,
            clocks=chaos_clock_faults.library(self._run.binaries) if fault.needs_clocks else None,
            node=fault.node, has_admin=bool(fault.named_as), keeps_rate=fault.share_rate is not None)

    def _play_one(self, pool: Pool) -> bool:
        number = len(self.rounds) + 1
        fault = self.fault(random.Random(f"{self._run.seed} {self.name} {number}"))
        result = run_round(pool, fault)
        self.rounds.append(result)
        self._run.look_at_load()
        excused = f", {result.excused_s:.2f} s of it loading" if result.excused_s else ""
        said = f"{result.said}; " if result.said else ""
        if result.named_s is not None:
            said += f"named after {result.named_s:.2f} s; "
        say(f"{self.name} {number}: {result.victim or 'nobody'} struck, {said}pause "
            f"{result.pause_s:.2f} s{excused} (without a fault {result.quiet_s:.2f} s), "
            f"{result.shares} shares, {result.blocks} blocks in {result.seconds:.1f} s, "
            f"{result.auditor}")
        for problem in result.problems:
            say(f"  FAILED: {problem}")
        return not result.problems

    def _fail(self, result: Round) -> None:
        self.rounds.append(result)
        for problem in result.problems:
            say(f"{self.name} FAILED: {problem}")

    @property
    def failed(self) -> list[tuple[int, Round]]:
        return [(number, result) for number, result in enumerate(self.rounds, 1)
                if result.problems]

    def _is_late(self, result: Round) -> bool:
        """The pause is over the limit by more than what the machine pauses anyway."""
        quiet_s = max(other.quiet_s for other in self.rounds)
        return (result.pause_s > self.fault.goes_on_within_s + quiet_s + result.excused_s
                or (result.named_s or 0.0) > NAMED_WITHIN_S + quiet_s)

    def late(self) -> list[tuple[int, Round]]:
        return [(number, result) for number, result in enumerate(self.rounds, 1)
                if self._is_late(result)]

    def figures(self) -> chaos_report.Figures:
        pauses = sorted(result.pause_s for result in self.rounds if result.pause_s) or [0.0]
        quiet = [result.quiet_s for result in self.rounds] or [0.0]
        limit = self.fault.goes_on_within_s
        named = [result.named_s for result in self.rounds if result.named_s is not None]
        return chaos_report.Figures(
            kind=self.name, what=self.fault.what, rounds=len(self.rounds),
            failed=len(self.failed), shares=sum(result.shares for result in self.rounds),
            blocks=sum(result.blocks for result in self.rounds), limit_s=limit,
            over=sum(1 for pause in pauses if pause > limit),
            pause_s=(statistics.median(pauses), pauses[-1]),
            quiet_s=(statistics.median(quiet), max(quiet)),
            named_s=(statistics.median(named), max(named)) if named else None)


def _how_late(result: Round) -> str:
    named = f", named after {result.named_s:.2f} s" if result.named_s is not None else ""
    return f"a pause of {result.pause_s:.2f} s{named}"


class Chaos:
    def __init__(self, arguments: argparse.Namespace, binaries: Path):
        self.seed = random.SystemRandom().randrange(10**6) if arguments.seed is None \
            else arguments.seed
        self.binaries = binaries
        self.share_rate = arguments.share_rate
        self.keeps = arguments.keep
        self.folder = cmake.ROOT / "var" / f"chaos-{self.seed}"
        self.machines: Machines | None = None
        self._refused = ""  # why there are none
        self._skipped: dict[str, str] = {}
        self._loads: list[float] = []
        self._arguments = arguments
        self._started = time.monotonic()

    def is_over(self) -> bool:
        limit = self._arguments.run_for_s
        return limit is not None and time.monotonic() - self._started >= limit

    def look_at_load(self) -> None:
        self._loads.append(os.getloadavg()[0])

    def run(self) -> str:
        say(f"seed {self.seed}; repeat with --seed {self.seed}")
        shutil.rmtree(self.folder, ignore_errors=True)
        wanted = self._arguments.only or [*CANARIES, *KINDS]
        if any(KINDS[name].needs_machines for name in wanted if name in KINDS):
            self._make_machines()
        self.look_at_load()
        kinds = [Kind(name, self) for name in wanted if name in KINDS and not self._skips(name)]
        canaries = [self._sing(name) for name in wanted if name in CANARIES]
        if self._arguments.run_for_s is not None:
            while kinds and not self.is_over():
                for kind in kinds:
                    if not self.is_over():
                        kind.play(ROUNDS_A_TURN)
                        self._write(kinds, canaries)
        else:
            for kind in kinds:
                while (left := self._arguments.rounds - len(kind.rounds)) > 0:
                    kind.play(min(left, ROUNDS_A_POOL))
                    self._write(kinds, canaries)
        return self._conclude(kinds, canaries)

    def _make_machines(self) -> None:
        try:
            own_network.leave_machine()
            self.machines = Machines()
        except own_network.Refused as refused:
            self._refused = str(refused)

    def _skips(self, name: str) -> bool:
        fault = KINDS[name]
        reason = self._refused if fault.needs_machines and self._refused \
            else fault.missing(self.binaries)
        if reason:
            self._skipped[name] = reason
            say(f"{name} skipped: {reason}")
        return bool(reason)

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

    def _report(self, kinds: list[Kind], canaries: list[Sung]) -> chaos_report.Report:
        kinds = [kind for kind in kinds if kind.rounds]
        return chaos_report.Report(
            command=self._arguments.command, seed=self.seed,
            seconds=time.monotonic() - self._started, loads=self._loads,
            share_rate=self.share_rate, figures=[kind.figures() for kind in kinds],
            failed=[chaos_report.Finding(kind.name, number, "; ".join(result.problems), result.logs)
                    for kind in kinds for number, result in kind.failed],
            late=[chaos_report.Finding(kind.name, number, _how_late(result), result.logs)
                  for kind in kinds for number, result in kind.late()],
            skipped=self._skipped, canaries={sung.name: sung.text for sung in canaries},
            missed=[sung.name for sung in canaries if not sung.is_caught])

    def _write(self, kinds: list[Kind], canaries: list[Sung]) -> None:
        """Also in between: a run that is ended before its time has shown something."""
        if self._arguments.report:
            chaos_report.write(self._arguments.report, self._report(kinds, canaries))

    def _conclude(self, kinds: list[Kind], canaries: list[Sung]) -> str:
        report = self._report(kinds, canaries)
        for line in chaos_report.table(report.figures):
            say(line)
        self._write(kinds, canaries)
        if self._arguments.report:
            say(f"written into {self._arguments.report}")
        if self.folder.exists() and not any(self.folder.iterdir()):
            self.folder.rmdir()
        if problem := report.problem():
            raise Failure(f"{problem}; see {self.folder}")
        if not report.figures and not canaries:
            raise Failure("nothing of what was asked for can be played here")
        return report.summary()
