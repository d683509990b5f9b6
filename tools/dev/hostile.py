"""./dev hostile: do well-behaved miners notice when others misbehave?

A real pool as in ./dev chaos (Redis with appendfsync always, three channel-managers, vardiff, two
gateways, of which one is used), and miners that submit shares at a steady rate and time each
answer. Phases beside each kind of hostile peer take turns with undisturbed ones; the p99 of all
disturbed answers of a kind is compared with the p99 of the answers just before and just after.
Before each phase the gateway's queues come to rest: what one phase left behind is not measured in
the next.

Hostile peers are on other machines. Here they run at SCHED_IDLE: they get what CPU the pool and its
miners leave, and what they have done is counted. Where that is too little, on a busy machine, the
verdict says so. The pool and its miners run with short time slices, so that who is woken waits for
nobody who only computes.

The verdict of each kind is from an interval in which the ratio lies with 95 %, by drawing rounds
anew: within 10 % is shown when all of it is, not shown when none of it is; else, and where
disturbed answers seem to come much sooner, this machine was too noisy. The undisturbed phases are also compared among themselves, odd ones with even ones: so
well can a difference be seen at all. Fails where something is clearly worse. Nothing else should
run meanwhile; as root, `nice -n -10 ./dev hostile` keeps much of it away.
"""

import argparse
import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

import children
import cmake
import duration
from chaos_pool import GATEWAYS, PROCESSES, Pool
from chaos_store import LoneRedis
from console import Failure, run_verb, say
from hostile_peers import KINDS, Hostile, Steady
from hostile_statistics import Comparison, Verdict, quantile
from hostile_slice import wake_early
from up_scrape import get, parse_metrics

PRESET = "dev"
# In memory where there is one: how long a disk takes differs more from phase to phase than what the
# peers do.
FOLDER = (Path("/dev/shm/adit-hostile") if os.access("/dev/shm", os.W_OK)
          else cmake.ROOT / "var" / "hostile")
PROGRAM = "hostile_peers"
ALLOWED = 1.10
ROUNDS, QUICK_ROUNDS = 6, 3
SETTLE_S = 0.5
# Closed channels leave at a pace, at most some ten thousand of one connection.
REST_WITHIN_S = 60.0
# A gauge, and what it may be while only the well-behaved miners are there: their shares are on
# their way at any time, so a queue is at rest when it is short, not when it is empty.
REST = {"adit_gateway_paced_events": 0, "adit_gateway_opens_pending": 0,
        "adit_gateway_handshakes_in_progress": 0, "adit_gateway_connections_paused": 0,
        "adit_gateway_unsent_bytes": 65536, "adit_gateway_fullest_partition_entries": 16,
        "adit_gateway_oldest_unacknowledged_seconds": 0.5}
# Whose CPU is told beside the times: it is of the pool, where the times are of the machine too.
CPU_OF = (GATEWAYS[0], *(name for name in PROCESSES if name not in GATEWAYS))


def parse_arguments() -> argparse.Namespace:
    kinds = "\n".join(f"  {name:14} {kind.what}" for name, kind in KINDS.items())
    parser = argparse.ArgumentParser(
        prog="./dev hostile", description=__doc__, epilog=f"kinds:\n{kinds}",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=KINDS, metavar="KIND",
                        help="this kind only; may be given again")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N",
                        help="phases beside each kind (default: %(default)s, some seven minutes)")
    parser.add_argument("--quick", action="store_true",
                        help=f"{QUICK_ROUNDS} rounds: does it work, and is anything far worse?")
    parser.add_argument("--undisturbed", type=duration.seconds, default=5.0, metavar="TIME",
                        help="how long each undisturbed phase lasts (default: 5s)")
    parser.add_argument("--miners", type=int, default=20, metavar="N",
                        help="connections that behave (default: %(default)s)")
    parser.add_argument("--share-rate", type=float, default=800, metavar="N",
                        help="shares a second of all of them (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=FOLDER, metavar="DIR",
                        help="where the pool's files are, made anew (default: %(default)s); one on "
                        "a disk shows what miners see, and says less of who disturbs them")
    parser.add_argument("--binaries", type=Path, metavar="DIR",
                        help="run the programs in DIR instead of building them")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds = QUICK_ROUNDS
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    return arguments


@dataclass
class Phase:
    """How long answers took, in microseconds, and the CPU of the pool's processes, as a part of
    one."""

    times: list[float]
    cpu: dict[str, float]


@dataclass
class Found:
    """All about one kind."""

    comparison: Comparison = field(default_factory=Comparison)
    phases: list[tuple[Phase, Phase, Phase]] = field(default_factory=list)  # before, beside, after
    done: float = 0.0  # deeds a second, where it did least

    def add(self, before: Phase, beside: Phase, after: Phase) -> None:
        self.comparison.add(before.times + after.times, beside.times)
        self.phases.append((before, beside, after))

    def cpu(self, of: tuple) -> tuple[float, float]:
        """What those took undisturbed, and what they took beside the peer."""
        count = len(self.phases)
        return (sum(one.cpu[name] for name in of for before, _, after in self.phases
                    for one in (before, after)) / count / 2,
                sum(beside.cpu[name] for name in of for _, beside, _ in self.phases) / count)


class Bench:
    """The pool and its miners."""

    def __init__(self, pool: Pool, program: Path, arguments: argparse.Namespace):
        self._pool = pool
        self._program = program
        self._url = pool.miners.all[0].url
        self._miners = arguments.miners
        self._undisturbed_s = arguments.undisturbed
        self._steady = Steady(program, self._url, arguments.miners, arguments.share_rate)

    def undisturbed(self) -> Phase:
        self._pool.wait_until(self._rests, "the gateway's queues to come to rest", REST_WITHIN_S)
        time.sleep(SETTLE_S)
        return self._phase(self._undisturbed_s)

    def disturbed(self, kind: str) -> tuple[Phase, float]:
        """From the peer's first moment on; and what it did a second."""
        peer = Hostile(self._program, self._url, kind)
        try:
            phase = self._phase(KINDS[kind].phase_s)
            deeds = peer.deeds()
        finally:
            peer.kill()
        return phase, getattr(deeds, KINDS[kind].deeds) / KINDS[kind].phase_s

    def stop(self) -> None:
        self._steady.kill()

    def _phase(self, seconds: float) -> Phase:
        self._steady.mark()
        since, cpu = time.monotonic(), self._cpu_s()
        time.sleep(seconds)
        times, now = self._steady.mark(), self._cpu_s()
        if not times:
            raise Failure(f"no share was answered in {seconds:.0f} s")
        lasted = time.monotonic() - since
        return Phase(times, {name: (now[name] - cpu[name]) / lasted for name in cpu})

    def _cpu_s(self) -> dict[str, float]:
        used = {}
        for name in CPU_OF:
            stat = Path(f"/proc/{self._pool.child(name).pid}/stat").read_text(encoding="ascii")
            user, system = stat.rpartition(")")[2].split()[11:13]
            used[name] = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        return used

    def _rests(self) -> bool:
        """Nobody but the well-behaved miners is there, and nothing waits that others left."""
        answer = get(self._pool.child(GATEWAYS[0]).spec.http, "/metrics")
        if answer is None or answer[0] != 200:
            return False
        now = {name: value for (name, labels), value in parse_metrics(answer[1]).items()
               if not labels}
        return (now["adit_gateway_connections"] <= self._miners
                and all(now[name] <= most for name, most in REST.items()))


def measure(bench: Bench, kinds: list[str], rounds: int) -> tuple[dict[str, Found], list[Phase]]:
    """Each kind in turn, so that what this machine does meanwhile hits all of them."""
    found = {kind: Found(done=float("inf")) for kind in kinds}
    undisturbed = [bench.undisturbed()]
    for at in range(rounds):
        said = []
        for kind in kinds:
            beside, done = bench.disturbed(kind)
            undisturbed.append(bench.undisturbed())
            found[kind].add(undisturbed[-2], beside, undisturbed[-1])
            found[kind].done = min(found[kind].done, done)
            said.append(f"{kind} {quantile(beside.times, 0.99) / 1000:.2f}"
                        f" (before {quantile(undisturbed[-2].times, 0.99) / 1000:.2f})")
        say(f"round {at + 1}/{rounds}, p99 in ms: {', '.join(said)}; load {os.getloadavg()[0]:.1f}")
    return found, undisturbed


def judge(kind: str, found: Found) -> Verdict:
    """Prints what was found about one kind."""
    comparison, what = found.comparison, KINDS[kind]
    p50, p99 = comparison.quantiles(0.5), comparison.quantiles(0.99)
    interval = comparison.interval(0.99)
    verdict = interval.verdict(ALLOWED) if interval else Verdict.TOO_NOISY
    idle = found.done < what.least
    if idle and verdict is Verdict.SHOWN:
        verdict = Verdict.TOO_NOISY
    say(f"{kind}: {what.what}; {found.done:.0f} {what.deeds} a second"
        + (f", less than the {what.least:.0f} that disturb" if idle else ""))
    say(f"  p50 {p50[0] / 1000:.2f} -> {p50[1] / 1000:.2f} ms, x {comparison.ratio(0.5):.2f}   "
        f"p99 {p99[0] / 1000:.2f} -> {p99[1] / 1000:.2f} ms, x {comparison.ratio(0.99):.2f}"
        f" ({interval or 'too few rounds'})   of {sum(map(len, comparison.undisturbed))} and "
        f"{sum(map(len, comparison.disturbed))} answers")
    cpu = {name: found.cpu(of) for name, of in
           (("gateway", CPU_OF[:1]), ("Redis", CPU_OF[1:2]), ("the whole pool", CPU_OF))}
    say("  CPU: " + ", ".join(f"{name} {100 * before:.0f} -> {100 * beside:.0f} %"
                              for name, (before, beside) in cpu.items()))
    say(f"  p99 within 10 %: {verdict.value}")
    return verdict


def calibrate(undisturbed: list[Phase]) -> str:
    """What a ratio looks like where there is no difference."""
    alike = Comparison()
    for odd, even in zip(undisturbed[::2], undisturbed[1::2]):
        alike.add(odd.times, even.times)
    return f"x {alike.ratio(0.99):.2f} ({alike.interval(0.99) or 'too few rounds'})"


def closed(pool: Pool) -> str:
    """Why connections ended at the gateway."""
    reasons = pool.series(GATEWAYS[0], "adit_gateway_connections_closed_total", "reason")
    return ", ".join(f"{count:.0f} {reason}" for reason, count in sorted(reasons.items()) if count)


def hostile(arguments: argparse.Namespace) -> str:
    if arguments.binaries:
        binaries = arguments.binaries.resolve()
    else:
        say(cmake.build(PRESET, "hostile"))
        binaries = cmake.folder(PRESET) / "bin"
    program = binaries / PROGRAM
    if not program.exists():
        raise Failure(f"{binaries} lacks {PROGRAM}")
    folder = arguments.folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    # Each channel's share of the rate, so that vardiff leaves the targets as they are.
    pool = Pool(binaries, folder, 12 * arguments.share_rate / arguments.miners, LoneRedis)
    bench = Bench(pool, program, arguments)
    found, undisturbed = measure(bench, list(arguments.only or KINDS), arguments.rounds)
    say(f"closed: {closed(pool) or 'nobody'}")
    bench.stop()
    pool.stop()
    verdicts = {kind: judge(kind, one) for kind, one in found.items()}
    say(f"undisturbed phases among themselves: p99 {calibrate(undisturbed)}")
    said = "; ".join(f"{verdict.value}: " + ", ".join(kinds) for verdict in Verdict
                     if (kinds := [kind for kind, one in verdicts.items() if one is verdict]))
    said = f"p99 within 10 % of undisturbed: {said}"
    if Verdict.NOT_SHOWN in verdicts.values():
        raise Failure(said)
    shutil.rmtree(folder)
    return said


def main() -> None:
    arguments = parse_arguments()
    children.adopt_orphans()
    wake_early()
    try:
        run_verb("dev hostile", lambda: hostile(arguments))
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
