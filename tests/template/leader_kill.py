#!/usr/bin/env python3
"""kill -9 of the leading template replica at the moment a solution arrives: the block reaches the
node every time, while the leader is dead.

Usage: leader_kill.py ADIT_TEMPLATE REPLICA_PROBE ADIT_DEVNODE [--kills N] [--node KIND] [--seed N]

KIND is devnode (the development chain), bcoin, or core: a Bitcoin Core, see
tests/support/bitcoin_core.py; without the node the test says so and ends well.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from replicas import DevNode, Probe, Replicas, now, wait_until

import bcoin
import bitcoin_core

# From the command to the kill: before it is sent, on its way, on disk, on its way to the node.
KILL_WITHIN_S = 0.012
SOLVABLE = ("--difficulty", "4.7e-10", "--block-interval", "3600", "--refresh-interval", "0")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("template", type=Path)
    parser.add_argument("probe", type=Path)
    parser.add_argument("devnode", type=Path)
    parser.add_argument("--kills", type=int, default=20, help="(default: %(default)s)")
    parser.add_argument("--node", choices=["devnode", "bcoin", "core"], default="devnode",
                        help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    return parser.parse_args()


def make_node(arguments: argparse.Namespace, folder: Path):
    if arguments.node == "bcoin":
        node = bcoin.Node(folder)
        node.mature()
        return node
    if arguments.node == "core":
        node = bitcoin_core.Node(folder)
        node.generate(1)
        node.user, node.password = node.cookie.read_text().strip().split(":", 1)
        return node
    return DevNode(arguments.devnode, folder, *SOLVABLE)


def run(arguments: argparse.Namespace, folder: Path) -> None:
    chance = random.Random(arguments.seed)
    with make_node(arguments, folder) as node, \
            Replicas(arguments.template, folder, node) as replicas:
        replicas.start()
        took = []
        with Probe(arguments.probe, replicas.addresses) as probe:
            wait_until(probe.current, "a template")
            for number in range(1, arguments.kills + 1):
                replicas.leader()
                solution, since = probe.solve(), len(probe.lines)
                leader = replicas.leader()
                probe.submit(solution)
                time.sleep(chance.uniform(0, KILL_WITHIN_S))
                killed_at = now()
                leader.kill()
                stored = probe.wait_stored(solution)
                # Only a template on it says that the node has taken it.
                reached = probe.wait(
                    lambda line, tip=solution["solved"]: line.get("prev_hash") == tip,
                    f"the node to have block {number}", since)
                took.append(reached["at"] - killed_at)
                print(f"{number}: {leader.grpc} killed, on a disk "
                      f"{(stored['at'] - killed_at) * 1000:+.0f} ms from then, work on it after "
                      f"{took[-1]:.2f} s", flush=True)
                replicas.start()
        print(f"{arguments.kills} kills with seed {arguments.seed} on {arguments.node}: every "
              f"block reached the node, work on it after {statistics.median(took):.2f} s "
              f"(median), {max(took):.2f} s (most)")


def main() -> int:
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="adit-leader-kill-") as folder:
        try:
            run(arguments, Path(folder))
        except (bcoin.Unavailable, bitcoin_core.Unavailable) as reason:
            print(f"skipped: {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
