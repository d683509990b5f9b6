"""./dev rollout: every process of a pool restarted in turn, as Kubernetes does it, under load.

Three gateways, three channel-managers, two template replicas over one development node, two
vardiffs, admin, and Redis behind Sentinel (a primary and two replicas, three Sentinels, WAIT 1).
Each is a process in a network namespace of its own, with an address of its own; a restarted one
comes back with another address, and everybody finds it by name. Miners know one service address,
balanced over the gateways that are ready as kube-proxy does it.

Judged: the auditor finds the miners' journals in the ledger, no miner was without usable work for
more than 5 s, those of a draining gateway left evenly over its drain, under 1 % of the shares were
stale, and everybody ended within its grace period.

With --scale-out instead: a channel-manager that does not suffice is joined by a second one, and
three gateways by a fourth, by their names alone.
"""

import argparse
import json
import os
import re
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import children
import cmake
import duration
import own_network
import rollout_config as config
from chaos_miners import SHARES_PER_MINUTE_MAX
from console import Failure, run_verb, say
from rollout_judge import Drain, judge
from rollout_load import Load
from rollout_pod import Pod
from rollout_pool import ADMIN, GATEWAY, TEMPLATE, VARDIFF, WORKER, Pool
from rollout_redis import REDIS, SENTINEL, RedisGroup
from rollout_scale import ScaleOut

PRESET = "dev"
PROGRAMS = ("adit-gateway", "adit-channel-manager", "adit-template", "adit-devnode", "adit-vardiff",
            "adit-admin", "adit-loadgen", "adit-auditor", "aditctl")
ORDER = (REDIS, SENTINEL, TEMPLATE, VARDIFF, WORKER, ADMIN, GATEWAY)
QUICK = {"connections": 100, "share_rate": 200.0, "spread_s": 5.0, "rest_s": 1.0}
# More than one channel-manager can do with the smallest quota that the kernel has.
QUICK_SCALE_OUT = {"connections": 200, "share_rate": 2500.0}
SHARE_RATE, SHARE_RATE_SCALE_OUT = 1000.0, 2500.0
ALL_WORK_WITHIN_S = 60.0
SAY_EVERY_S = 10.0
# What ctest takes for a test that could not be made.
REFUSED = 77
VIOLATIONS_SAID = 5


def number(least: float, most: float, kind=int):
    """For argparse."""

    def read(text: str):
        try:
            if least <= (value := kind(text)) <= most:
                return value
        except ValueError:
            pass
        raise argparse.ArgumentTypeError(f"\"{text}\" is not a number from {least:g} to {most:g}")

    return read


def parse_arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev rollout", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=number(1, 20_000), default=1000, metavar="N",
                        help="miners, each with a connection (default: %(default)s)")
    parser.add_argument("--share-rate", type=number(1, 20_000, float), metavar="N",
                        help=f"shares a second of all of them (default: {SHARE_RATE:g}, with "
                             f"--scale-out {SHARE_RATE_SCALE_OUT:g})")
    parser.add_argument("--spread", dest="spread_s", type=duration.seconds, default=20.0,
                        metavar="TIME", help="over which a gateway drains (default: 20s)")
    parser.add_argument("--rest", dest="rest_s", type=duration.seconds, default=7.0, metavar="TIME",
                        help="from a pod that is ready to the next restart, as minReadySeconds; names "
                             "are looked up again every 5 s (default: 7s)")
    parser.add_argument("--only", action="append", choices=ORDER, metavar="KIND",
                        help="restart this kind only; may be given again: " + ", ".join(ORDER))
    parser.add_argument("--scale-out", action="store_true",
                        help="add a channel-manager and a gateway instead of restarting")
    parser.add_argument("--quick", action="store_true",
                        help="fewer miners, and one of each kind: what ./dev test runs")
    parser.add_argument("--summary", type=Path, metavar="FILE", help="write what came of it (JSON)")
    parser.add_argument("--keep", action="store_true",
                        help="keep logs, journal and ledger of a clean run too")
    parser.add_argument("--binaries", type=Path, metavar="DIR",
                        help="run the programs in DIR instead of building them")
    arguments = parser.parse_args(words)
    if arguments.quick:
        for name, value in (QUICK_SCALE_OUT if arguments.scale_out else QUICK).items():
            setattr(arguments, name, value)
    if arguments.share_rate is None:
        arguments.share_rate = SHARE_RATE_SCALE_OUT if arguments.scale_out else SHARE_RATE
    # What a channel-manager takes; the load asks for the easiest target in any case.
    arguments.shares_per_minute = min(arguments.share_rate * 60 / arguments.connections,
                                      SHARES_PER_MINUTE_MAX)
    return arguments


@dataclass(frozen=True)
class Step:
    """One restart, in seconds of the load."""

    pod: str
    address: str
    new_address: str
    began_s: float
    ended_s: float  # when its successor was ready


def shortened(said: str) -> list[str]:
    """What the auditor said, and no more than a few of its violations."""
    lines = said.splitlines()
    violations = [line for line in lines if re.match(r"I\d ", line)]
    return violations[:VIOLATIONS_SAID] + [line for line in lines if line not in set(violations)]


class Rollout:
    def __init__(self, arguments: argparse.Namespace, pool: Pool, binaries: Path):
        self._arguments = arguments
        self._pool = pool
        self._cluster = pool.cluster
        self._binaries = binaries
        self._load: Load | None = None
        self._next_words = 0.0
        self.steps: list[Step] = []
        self._drained: list[tuple[Pod, int]] = []  # with the connections that it had

    def run(self) -> str:
        self._pool.start()
        say(f"the pool runs as {len(self._cluster.pods)} pods; {self._arguments.connections} miners "
            f"with {self._arguments.share_rate:g} shares a second come")
        self._load = Load(self._binaries / "adit-loadgen", self._pool.folder, self._pool.world.miners,
                          self._pool.url, self._arguments.connections, self._arguments.share_rate)
        self._cluster.each_turn(self._watch)
        self._cluster.wait_until(self._load.all_work, "every miner to have work", ALL_WORK_WITHIN_S)
        self._cluster.wait(self._arguments.rest_s)
        for kind in self._arguments.only or ORDER:
            for pod in self._victims(kind):
                self._restart(pod)
                self._cluster.wait(self._arguments.rest_s)
        self._pool.redis.wait_whole()
        self._cluster.wait_until(self._pool.is_whole, "every gateway to know every channel-manager")
        return self._conclude(self._load.stop())

    def _victims(self, kind: str) -> list[Pod]:
        """All of a kind, a Redis primary last; or one, which is then the primary."""
        primary = self._pool.redis.primary()
        pods = sorted(self._cluster.of(kind), key=lambda pod: pod.name == primary)
        return pods[-1:] if self._arguments.quick else pods

    def _restart(self, pod: Pod) -> None:
        began = time.monotonic()
        connections = int(pod.metric(config.GATEWAY_HTTP, "adit_gateway_connections")) \
            if pod.workload.name == GATEWAY else 0
        what = " (primary)" if pod.name == self._pool.redis.primary() else ""
        new = self._cluster.restart(pod)
        if pod.workload.name == GATEWAY:
            self._drained.append((pod, connections))
        step = Step(pod.name, pod.address, new.address, self._load.at(began), self._load.now())
        self.steps.append(step)
        say(f"{duration.clock(step.ended_s)}  {pod.name}{what} {pod.address} -> {new.name} "
            f"{new.address} in {step.ended_s - step.began_s:.1f} s")

    def _watch(self) -> None:
        self._load.check_living()
        status = self._load.status()
        if (now := time.monotonic()) < self._next_words:
            return
        self._next_words = now + SAY_EVERY_S
        if status:
            say(f"{duration.clock(self._load.now())}  {status['working']} mine, {status['accepted']} "
                f"accepted, {status['rejected']} rejected, p99 "
                f"{status['answer_p99_us'] / 1000:.1f} ms, oldest waits "
                f"{status['oldest_wait_s']:.2f} s")

    def _conclude(self, summary: dict) -> str:
        drains = [Drain(pod.name, self._load.at(pod.asked_at), self._load.at(pod.ended_at),
                        self._arguments.spread_s, config.NOTICE_S, connections)
                  for pod, connections in self._drained]
        verdict = judge(summary, drains, self._arguments.share_rate, self._pool.blocks())
        is_clean, said = self._pool.audit([self._load.journal])
        for line in verdict.histograms:
            say(f"  {line}")
        for what, value in verdict.table:
            say(f"  {what:42} {value}")
        for line in shortened(said):
            say(f"  {line}")
        if not is_clean:
            verdict.fail(said.strip().splitlines()[-1] if said.strip() else "no auditor's verdict")
        for problem in self._cluster.problems:
            verdict.fail(problem)
        what = (f"{len(self.steps)} restarts under {self._arguments.connections} connections and "
                f"{self._arguments.share_rate:g} shares a second")
        if self._arguments.summary:
            self._arguments.summary.write_text(json.dumps({
                "ok": not verdict.problems, "problems": verdict.problems,
                "figures": dict(verdict.table), "histograms": verdict.histograms,
                "auditor_clean": is_clean, "steps": [asdict(step) for step in self.steps],
                "drains": [asdict(drain) for drain in drains],
                "load": {key: value for key, value in summary.items() if key != "miners"}},
                indent=1) + "\n")
        if verdict.problems:
            raise Failure(f"{what}: {'; '.join(verdict.problems)}")
        return (f"{what}: auditor clean, longest without usable work "
                f"{summary['without_work']['longest_s']:.1f} s, drains even")


def rollout(arguments: argparse.Namespace) -> str:
    if arguments.binaries:
        binaries = arguments.binaries.resolve()
    else:
        say(cmake.build(PRESET, "rollout"))
        binaries = cmake.folder(PRESET) / "bin"
    missing = [name for name in PROGRAMS if not (binaries / name).exists()]
    if missing:
        raise Failure(f"{binaries} lacks {', '.join(missing)}")
    if arguments.summary:
        arguments.summary = arguments.summary.resolve()
    own_network.leave_machine()
    folder = cmake.ROOT / "var" / f"rollout-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        if arguments.scale_out:
            said = ScaleOut(arguments, binaries, folder).run()
        else:
            pool = Pool(binaries, folder, arguments.share_rate, arguments.shares_per_minute,
                        arguments.spread_s)
            said = Rollout(arguments, pool, binaries).run()
        children.end_all()
        if arguments.keep:
            RedisGroup.keep(folder)
        else:
            shutil.rmtree(folder)
        return said
    except Failure as failure:
        RedisGroup.keep(folder)
        raise Failure(f"{failure}; see {folder}") from failure
    finally:
        children.end_all()


def main() -> None:
    arguments = parse_arguments()
    children.adopt_orphans()
    try:
        run_verb("dev rollout", lambda: rollout(arguments))
    except own_network.Refused as reason:
        say(f"dev rollout: refused: {reason}")
        sys.exit(REFUSED)
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
