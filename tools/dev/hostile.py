"""./dev hostile: do well-behaved miners notice when others misbehave?

A real pool as in ./dev chaos (Redis with appendfsync always, three channel-managers, vardiff, two
gateways, of which one is used), and miners that submit shares at a steady rate and time each
answer. For each kind of hostile peer, undisturbed and disturbed phases alternate; compared are the
medians of their p99. Before each phase the gateway's queues come to rest: what one phase left behind
is not measured in the next. At least as much as the undisturbed phases differ among themselves is
noise of this machine. It is printed, and not taken off; where it is more than the 10 % that are to
be shown, the verdict says that this machine cannot show them.
"""

import argparse
import contextlib
import shutil
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import children
import cmake
import duration
from chaos_pool import GATEWAYS, Pool
from chaos_store import LoneRedis
from console import Failure, run_verb, say
from up_scrape import get, parse_metrics

PRESET = "dev"
PROGRAM = "hostile_peers"
ALLOWED = 1.10
SETTLE_S = 1.0
# Closed channels leave at 1,600 a second and partition, at most some ten thousand in one.
REST_WITHIN_S = 60.0
# A gauge, and what it may be while only the well-behaved miners are there: their shares are on
# their way at any time, so a queue is at rest when it is short, not when it is empty.
REST = {"adit_gateway_paced_events": 0, "adit_gateway_opens_pending": 0,
        "adit_gateway_handshakes_in_progress": 0, "adit_gateway_connections_paused": 0,
        "adit_gateway_unsent_bytes": 65536, "adit_gateway_fullest_partition_entries": 16,
        "adit_gateway_oldest_unacknowledged_seconds": 0.5}
# What each is told on the command line.
KINDS = {
    "never-reads": ("a peer that asks and never reads", ["never-reads"]),
    "byte-a-second": ("one that reads a byte a second", ["byte-a-second"]),
    "opens": ("one that opens channels without end", ["opens"]),
    "silent": ("a thousand that connect and say nothing", ["silent", "--count", 1000]),
}


@dataclass(frozen=True)
class Phase:
    """How long answers took, in microseconds."""

    shares: int
    p50: float
    p99: float


@dataclass
class Compared:
    undisturbed: list[Phase] = field(default_factory=list)
    disturbed: list[Phase] = field(default_factory=list)

    def ratio(self, of: str) -> float:
        return median(self.disturbed, of) / median(self.undisturbed, of)

    @property
    def is_within(self) -> bool:
        return self.ratio("p99") <= ALLOWED

    @property
    def is_shown(self) -> bool:
        """The undisturbed phases are alike enough for a difference of 10 % to mean something."""
        return len(self.undisturbed) > 2 and self.noise <= ALLOWED - 1

    @property
    def noise(self) -> float:
        """How far the undisturbed p99 lie apart, the middle half of them, as a part of their
        median."""
        values = [phase.p99 for phase in self.undisturbed]
        if len(values) < 3:
            return 0.0
        low, _, high = statistics.quantiles(values, n=4, method="inclusive")
        return (high - low) / statistics.median(values)


def median(phases: list[Phase], of: str) -> float:
    return statistics.median(getattr(phase, of) for phase in phases)


def parse_arguments() -> argparse.Namespace:
    kinds = "\n".join(f"  {name:14} {what}" for name, (what, _) in KINDS.items())
    parser = argparse.ArgumentParser(
        prog="./dev hostile", description=__doc__, epilog=f"kinds:\n{kinds}",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=KINDS, metavar="KIND",
                        help="this kind only; may be given again")
    parser.add_argument("--rounds", type=int, default=7, metavar="N",
                        help="pairs of phases for each kind (default: %(default)s)")
    parser.add_argument("--phase", type=duration.seconds, default=5.0, metavar="TIME",
                        help="how long each of them lasts (default: 5s)")
    parser.add_argument("--miners", type=int, default=20, metavar="N",
                        help="connections that behave (default: %(default)s)")
    parser.add_argument("--share-rate", type=float, default=400, metavar="N",
                        help="shares a second of all of them (default: %(default)s)")
    parser.add_argument("--binaries", type=Path, metavar="DIR",
                        help="run the programs in DIR instead of building them")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    return arguments


class Steady:
    """The miners that behave."""

    def __init__(self, program: Path, url: str, miners: int, rate: float):
        self._process = subprocess.Popen(
            [program, "--url", url, "steady", "--miners", str(miners), "--rate", str(rate)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=children.dies_with_parent())

    def mark(self) -> Phase:
        """What was answered since the last mark."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        words = self._process.stdout.readline().split()
        if len(words) != 4:
            raise Failure("the well-behaved miners ended")
        if int(words[3]) != 0:
            raise Failure(f"{words[3]} well-behaved miners lost their connection")
        return Phase(int(words[0]), float(words[1]), float(words[2]))

    def phase(self, seconds: float) -> Phase:
        self.mark()
        time.sleep(seconds)
        measured = self.mark()
        if measured.shares == 0:
            raise Failure(f"no share was answered in {seconds:.0f} s")
        return measured

    def stop(self) -> None:
        self._process.stdin.close()
        self._process.wait(10)


@contextlib.contextmanager
def misbehaving(program: Path, url: str, kind: str):
    process = children.start([program, "--url", url, *KINDS[kind][1]])
    try:
        yield
        if process.poll() is not None:
            raise Failure(f"{kind} ended by itself with {process.returncode}")
    finally:
        process.kill()
        process.wait()


def come_to_rest(pool: Pool, connections: int) -> None:
    """Nobody but the well-behaved miners is there, and nothing waits that others left behind."""
    def rests() -> bool:
        answer = get(pool.child(GATEWAYS[0]).spec.http, "/metrics")
        if answer is None or answer[0] != 200:
            return False
        now = {name: value for (name, labels), value in parse_metrics(answer[1]).items()
               if not labels}
        return (now["adit_gateway_connections"] <= connections
                and all(now[name] <= most for name, most in REST.items()))

    pool.wait_until(rests, "the gateway's queues to come to rest", REST_WITHIN_S)
    time.sleep(SETTLE_S)


def closed(pool: Pool) -> dict[str, float]:
    """Why connections ended at the gateway, so far."""
    return pool.series(GATEWAYS[0], "adit_gateway_connections_closed_total", "reason")


def compare(pool: Pool, steady: Steady, program: Path, url: str, kind: str,
            arguments: argparse.Namespace) -> Compared:
    before, compared = closed(pool), Compared()
    for _ in range(arguments.rounds):
        come_to_rest(pool, arguments.miners)
        compared.undisturbed.append(steady.phase(arguments.phase))
        with misbehaving(program, url, kind):
            time.sleep(SETTLE_S)
            compared.disturbed.append(steady.phase(arguments.phase))
    reasons = {reason: int(count - before.get(reason, 0)) for reason, count in closed(pool).items()
               if count > before.get(reason, 0)}
    say(f"{kind}: {KINDS[kind][0]}; closed: "
        + (", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items())) or "nobody"))
    for name, phases in (("undisturbed", compared.undisturbed), ("disturbed", compared.disturbed)):
        say(f"  {name:12} p50 {median(phases, 'p50') / 1000:7.2f} ms   "
            f"p99 {median(phases, 'p99') / 1000:7.2f} ms   "
            f"{sum(phase.shares for phase in phases)} shares")
    say(f"  p50 x {compared.ratio('p50'):.2f}, p99 x {compared.ratio('p99'):.2f}: "
        f"{'within' if compared.is_within else 'NOT within'} 10 %")
    say(f"  undisturbed p99 differ by {compared.noise * 100:.0f} %"
        + ("" if compared.is_shown else
           ", more than the 10 % that are to be shown: this run shows neither"))
    return compared


def hostile(arguments: argparse.Namespace) -> str:
    if arguments.binaries:
        binaries = arguments.binaries.resolve()
    else:
        say(cmake.build(PRESET, "hostile"))
        binaries = cmake.folder(PRESET) / "bin"
    program = binaries / PROGRAM
    if not program.exists():
        raise Failure(f"{binaries} lacks {PROGRAM}")
    folder = cmake.ROOT / "var" / "hostile"
    shutil.rmtree(folder, ignore_errors=True)
    # Each channel's share of the rate, so that vardiff leaves the targets as they are.
    pool = Pool(binaries, folder, 12 * arguments.share_rate / arguments.miners, LoneRedis)
    url = pool.miners.all[0].url
    steady = Steady(program, url, arguments.miners, arguments.share_rate)
    compared = {kind: compare(pool, steady, program, url, kind, arguments)
                for kind in arguments.only or KINDS}
    steady.stop()
    pool.stop()
    missed = [kind for kind, one in compared.items() if not one.is_within]
    vague = [kind for kind, one in compared.items() if not one.is_shown]
    but = (f"; too noisy to show 10 % (undisturbed phases differ by more, or are too few): "
           f"{', '.join(vague)}" if vague else "")
    if missed:
        raise Failure(f"p99 is not within 10 % of undisturbed beside: {', '.join(missed)}{but}")
    shutil.rmtree(folder)
    return f"p99 within 10 % of undisturbed beside every kind{but}"


def main() -> None:
    arguments = parse_arguments()
    children.adopt_orphans()
    try:
        run_verb("dev hostile", lambda: hostile(arguments))
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
