"""./dev upgrade: exchanges the processes of a pool under load, and checks that nothing is lost.

The pool is that of ./dev chaos with a second vardiff, an admin service and a translator, under real
miners. The services of the last release (deploy/releases) are built once, under build/previous.
After each round every share of the miners is in the ledger, none is there twice (the auditor says
so), nobody was told anything but that a share is stale, every block was taken and pays what the
ledger says of its channel, and every process stopped within its bound.
"""

import argparse
import shutil
import sys
import time
from pathlib import Path

import children
import cmake
import releases
from console import Failure, run_verb, say
from upgrade_pool import PRESENT, PREVIOUS
from upgrade_rounds import ROUNDS, Round

PRESET = "dev"
SKIPPED = 77


def parse_arguments() -> argparse.Namespace:
    rounds = "\n".join(f"  {name:12} {kind.what}" for name, kind in ROUNDS.items())
    parser = argparse.ArgumentParser(
        prog="./dev upgrade", description=__doc__, epilog=f"rounds:\n{rounds}",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=ROUNDS, metavar="ROUND",
                        help="this round only; may be given again")
    parser.add_argument("--keep", action="store_true",
                        help="keep the logs, journals and ledgers of clean rounds too")
    parser.add_argument("--binaries", type=Path, metavar="DIR",
                        help="run the programs in DIR, and of the release what is built, instead of "
                             "building; without the release exit with status 77")
    return parser.parse_args()


def play(kind: type[Round], builds: dict[str, Path], keeps: bool) -> Round:
    folder = cmake.ROOT / "var" / f"upgrade-{kind.name}-{time.time_ns() // 10**6}"
    say(f"{kind.name}: {kind.what}")
    started = time.monotonic()
    played = kind(builds, folder)
    try:
        played.play()
    except Failure as failure:
        raise Failure(f"{kind.name}: {failure}; its logs, journals and ledger: {folder}") from failure
    finally:
        children.end_all()
    if not keeps:
        shutil.rmtree(folder)
    say(f"{kind.name}: {played.shares} shares, {played.blocks} blocks, slowest stop "
        f"{played.slowest_stop_s:.1f} s, {played.text}; {time.monotonic() - started:.0f} s")
    return played


def upgrade(arguments: argparse.Namespace) -> str:
    kinds = [ROUNDS[name] for name in arguments.only or ROUNDS]
    builds = {}
    if arguments.binaries:
        builds[PRESENT] = arguments.binaries.resolve()
    else:
        say(cmake.build(PRESET))
        builds[PRESENT] = cmake.folder(PRESET) / "bin"
    if any(kind.needs_release for kind in kinds):
        release = releases.built() if arguments.binaries else releases.build()
        builds[PREVIOUS] = release.programs
        say(f"the last release is {release.version} ({release.commit[:9]})")
    played = [play(kind, builds, arguments.keep) for kind in kinds]
    return (f"{len(played)} rounds clean, {sum(one.shares for one in played)} shares, "
            f"{sum(one.blocks for one in played)} blocks")


def main() -> None:
    arguments = parse_arguments()
    children.adopt_orphans()
    try:
        run_verb("dev upgrade", lambda: upgrade(arguments))
    except releases.Unavailable as reason:
        say(f"SKIP: {reason}")
        sys.exit(SKIPPED)
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
