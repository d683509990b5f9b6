"""./dev chaos: breaks a running pool and checks that nothing is lost and nobody else notices.

A real pool (Redis with appendfsync always, two template replicas on a development node, three
channel-managers, two gateways, vardiff) under about 1,000 shares a second of real miners. Each
round strikes at a random moment, then: the auditor compares the miners' journals with the ledger;
miners of other processes have kept their connections; answers have gone on in time; what was
killed has joined again; the blocks that miners found and were answered are at the node. Logs,
journals and the ledger of a failed round stay under var/, and the rest of the run goes on.

Kinds with net- have each process in a network namespace of its own; these, the full disks and storm
need root or user namespaces, and are skipped with the reason where there are none. Those with core-
need a Bitcoin Core that ADIT_BITCOIND names or that is on the PATH.

Before that, pools that are wrong on purpose (canaries) show that the auditor would see it.

Time limits hold on top of the longest pause that the same run shows without a fault: a machine
that is busy with something else stops everybody now and then. Both are printed.
"""

import argparse
import shlex
import shutil
import sys
from pathlib import Path

import chaos_miners
import chaos_report
import children
import cmake
import duration
from chaos_canaries import CANARIES
from chaos_canaries import program as canary_program
from chaos_kinds import KINDS
from chaos_pool import GATEWAYS
from chaos_run import Chaos
from console import Failure, run_verb, say

PRESET = "dev"
ROUNDS = 20
DOCUMENT = cmake.ROOT / "docs" / "reliability.md"
# What ./dev test runs: a round each of what takes seconds.
QUICK = ["worker", "gateway", "template-leader", "redis", "failover", "net-gateway-worker", "full-disk",
         "reorg", "clock-gateway", "slowloris", "canary-replay", "canary-double"]
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
    kinds = "\n".join(f"  {name:20} {kind.what}"
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
    parser.add_argument("--report", type=Path, metavar="FILE",
                        help="write what came of it, as a section of a document; where the file has "
                        "one already, between its markers")
    parser.add_argument("--write", action="store_true",
                        help=f"the same into {DOCUMENT.relative_to(cmake.ROOT)}")
    parser.add_argument("--share-rate", type=share_rate, default=1000, metavar="N",
                        help="shares a second of all miners together (default: %(default)s)")
    parser.add_argument("--keep", action="store_true",
                        help="keep the logs, journals and ledgers of clean rounds too")
    parser.add_argument("--binaries", type=Path, metavar="DIR",
                        help="run the programs in DIR instead of building them")
    arguments = parser.parse_args()
    if arguments.write:
        arguments.report = DOCUMENT
    arguments.command = shlex.join(["./dev", "chaos", *sys.argv[1:]])
    if arguments.quick:
        arguments.rounds, arguments.only = 1, arguments.only or QUICK
    return arguments


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
    if arguments.report:
        arguments.report = arguments.report.resolve()
        chaos_report.check(arguments.report)
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
