"""./dev rollout --scale-out: more processes help by being there, and nothing is assigned by hand.

Gateways: three have all miners; a fourth one has none, until `aditctl gateways rebalance` asks a
part of them to connect again. Channel-managers: one has a CPU quota, as a container's limit is one,
of which the load needs more; a second one with the same quota must make more shares go through, or
what waits younger, within ten seconds."""

import argparse
import json
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import rollout_config as config
from console import Failure, say
from rollout_load import Load
from rollout_pod import Pod
from rollout_pool import GATEWAY, GATEWAYS, WORKER, Pool
from rollout_quota import QUOTA_MIN, NoQuota, Quotas
from own_network import Refused

MOVED_PERCENT, MOVE_SPREAD_S = 50, 5.0
MOVED_WITHIN_S = 30.0
# Of its fair part, what the fourth gateway is to have at least. Who is asked to connect again comes to
# any gateway, so to expect is the part that was asked.
FAIR_MIN = MOVED_PERCENT / 100 / 2
MEASURED_FOR_S = 5.0
# Of what one channel-manager needs for the load; and where it copes with that, of this.
QUOTA_FIRST, QUOTA_STEP = 0.4, 0.75
COPES_AGE_S = 0.5
# It is when this waits, and it answers no more than this part of what comes.
OVERLOADED_AGE_S, OVERLOADED_RATE = 2.0, 0.9
OVERLOADED_WITHIN_S = 10.0
HELPS_WITHIN_S = 10.0
# A machine that is busy with something else takes more from both than their quota does.
TRIES = 3
# What counts as help: the rate since it is there, over three seconds at least, or the age of what waits.
FASTER_BY, YOUNGER_BY = 1.3, 0.5
RATE_OVER_S, RATE_BEFORE_OVER_S = 3.0, 5.0


@dataclass(frozen=True)
class Sample:
    at_s: float
    answered: float  # shares, of all gateways
    age_s: float     # of the oldest that waits


def rate(samples: list[Sample]) -> float:
    """Shares answered a second. Results come in large pieces where there is little CPU: only over
    several seconds does it say something."""
    if len(samples) < 2:
        return 0.0
    return (samples[-1].answered - samples[0].answered) / (samples[-1].at_s - samples[0].at_s)


def helped_at(before: list[Sample], after: list[Sample]) -> Sample | None:
    """Since when it has been better than before by enough, and stayed so to the end."""
    # What waits grows older until it is there.
    old_rate = rate(before)
    old_age = max(before[-1].age_s, after[0].age_s if after else 0.0)
    since = None
    for number, now in enumerate(after):
        is_faster = now.at_s - after[0].at_s >= RATE_OVER_S \
            and rate(after[:number + 1]) >= FASTER_BY * old_rate
        if is_faster or now.age_s <= YOUNGER_BY * old_age:
            since = since or now
        else:
            since = None
    return since


class ScaleOut:
    def __init__(self, arguments: argparse.Namespace, binaries: Path, folder: Path):
        self._arguments = arguments
        self._binaries = binaries
        try:
            self._quotas, self._no_quota = Quotas(), ""
        except NoQuota as reason:
            self._quotas, self._no_quota = None, str(reason)
        self._pool = Pool(binaries, folder, arguments.share_rate, arguments.shares_per_minute,
                          arguments.spread_s)
        self._cluster = self._pool.cluster
        self._samples: deque[Sample] = deque(maxlen=1000)
        self._result: dict = {}
        self._load: Load | None = None

    def run(self) -> str:
        try:
            return self._run()
        finally:
            if self._quotas:
                self._pool.kill_all(WORKER)
                self._quotas.close()
            if self._arguments.summary:
                self._arguments.summary.write_text(json.dumps(self._result, indent=1) + "\n")

    def _run(self) -> str:
        first = []
        self._pool.start(lambda: first.append(self._add_worker(0)))
        self._load = Load(self._binaries / "adit-loadgen", self._pool.folder, self._pool.world.miners,
                          self._pool.url, self._arguments.connections, self._arguments.share_rate)
        self._cluster.each_turn(self._load.check_living)
        self._cluster.wait_until(self._load.all_work, "every miner to have work")
        said = [self._scale_gateways()]
        if self._quotas:
            said.append(self._scale_workers(*first[0]))
        self._load.stop()
        is_clean, auditor = self._pool.audit([self._load.journal])
        say(f"  {auditor.strip().splitlines()[-1]}")
        if not is_clean:
            raise Failure(auditor.strip().splitlines()[-1])
        if not self._quotas:
            raise Refused(f"{said[0]}; channel-managers not tried: {self._no_quota}")
        return "; ".join(said)

    def _add_worker(self, number: int) -> tuple[Pod, Path | None]:
        """Without a limit until it is ready, as starting takes more than working."""
        if not self._quotas:
            return self._pool.add(WORKER, number), None
        group = self._quotas.group(f"{WORKER}-{number}")
        return self._pool.add(WORKER, number, Quotas.prefix(group)), group

    # Gateways

    def _connections(self) -> dict[str, int]:
        return {pod.name: int(pod.metric(config.GATEWAY_HTTP, "adit_gateway_connections"))
                for pod in self._cluster.of(GATEWAY)}

    def _scale_gateways(self) -> str:
        before = self._connections()
        say(f"connections: {_counts(before)}; a fourth gateway comes")
        new = self._pool.add(GATEWAY, GATEWAYS)
        self._cluster.wait_ready([new])
        self._cluster.wait_until(self._pool.is_whole, "all to know the fourth gateway")
        self._cluster.wait_until(lambda: self._sees(new.name), "admin to see the fourth gateway")
        say(f"  ready, with {self._connections()[new.name]} connections; asking {MOVED_PERCENT} % of "
            "the others' to connect again")
        began = time.monotonic()
        for name in before:
            said = self._pool.aditctl("gateways", "rebalance", name, "--percent", MOVED_PERCENT,
                                      "--spread", f"{MOVE_SPREAD_S:.0f}s")
            say(f"  {said.splitlines()[0]}")
        fair = self._arguments.connections / (GATEWAYS + 1)
        wanted = FAIR_MIN * fair

        def has_moved() -> bool:
            now = self._connections()
            return now[new.name] >= wanted and sum(now.values()) >= self._arguments.connections

        self._cluster.wait_until(has_moved, f"{wanted:.0f} miners at the fourth gateway",
                                 MOVED_WITHIN_S)
        self._cluster.wait(MOVE_SPREAD_S)
        after = self._connections()
        took_s = time.monotonic() - began
        say(f"  {took_s:.0f} s later: {_counts(after)}")
        self._result["gateways"] = {"before": before, "after": after, "took_s": took_s}
        return f"a fourth gateway has {after[new.name]} of {sum(after.values())} connections"

    def _sees(self, name: str) -> bool:
        try:
            return name in self._pool.aditctl("gateways", "list", "-o", "json")
        except Failure:
            return False

    # Channel-managers

    def _sample(self) -> Sample:
        gateways = [pod.metrics(config.GATEWAY_HTTP) for pod in self._cluster.of(GATEWAY)]
        every = [(name, value) for metrics in gateways for (name, _), value in metrics.items()]
        sample = Sample(
            time.monotonic(),
            sum(value for name, value in every if name == "adit_gateway_shares_total"),
            max((value for name, value in every
                 if name == "adit_gateway_oldest_unacknowledged_seconds"), default=0.0))
        self._samples.append(sample)
        return sample

    def _scale_workers(self, pod: Pod, group: Path) -> str:
        cpu, began = pod.cpu_s(), time.monotonic()
        self._cluster.wait(MEASURED_FOR_S)
        needs = (pod.cpu_s() - cpu) / (time.monotonic() - began)
        say(f"one channel-manager takes {needs:.1%} of a core for {self._arguments.share_rate:g} "
            "shares a second")
        tries = self._result["channel_managers"] = []
        for number in range(1, TRIES + 1):
            said, helped_after_s, second = self._try_second(group, needs, number, tries)
            for limited in self._quotas.groups:  # what waits is answered, for the auditor too
                self._quotas.limit(limited, 1.0)
            self._cluster.wait_until(lambda: self._sample().age_s < OVERLOADED_AGE_S,
                                     "all that waited to be answered")
            if helped_after_s is not None:
                return f"a second channel-manager helped after {helped_after_s:.1f} s: {said}"
            say(f"  no help within {HELPS_WITHIN_S:.0f} s: {said}")
            self._cluster.stop(second)
        raise Failure(f"a second channel-manager did not help within {HELPS_WITHIN_S:.0f} s, in any of "
                      f"{TRIES} tries")

    def _try_second(self, group: Path, needs: float, number: int,
                    tries: list) -> tuple[str, float | None, Pod]:
        """What came of it, after how long it helped if it did, and the second channel-manager."""
        quota = self._overload(group, needs)
        before = list(self._samples)
        say(f"  with {quota:.1%} of a core: {rate(before):.0f} shares a second, the oldest waits "
            f"{before[-1].age_s:.1f} s; a second channel-manager comes")
        came_at = time.monotonic()
        second, after = self._add_second(quota, number)
        helped = helped_at(before, after)
        helped_after_s = helped.at_s - came_at if helped else None
        oldest_s = after[-1].age_s if after else self._sample().age_s
        tries.append({
            "needs_cores": needs, "quota_cores": quota,
            "before": {"shares_per_s": rate(before), "oldest_s": before[-1].age_s},
            "after": {"shares_per_s": rate(after), "oldest_s": oldest_s},
            "helped_after_s": helped_after_s,
            "samples": [[round(one.at_s - came_at, 1), int(one.answered), round(one.age_s, 2)]
                        for one in before + after]})
        return (f"{rate(before):.0f} -> {rate(after):.0f} shares a second, oldest "
                f"{before[-1].age_s:.1f} -> {oldest_s:.1f} s", helped_after_s, second)

    def _overload(self, group: Path, needs: float) -> float:
        """Limits it until it falls behind; returns the quota, in cores. The more waits, the larger its
        batches are and the less a share costs it."""
        quota = QUOTA_FIRST * needs
        while quota > QUOTA_MIN * QUOTA_STEP:
            quota = max(quota, QUOTA_MIN)
            self._quotas.limit(group, quota)
            if self._falls_behind():
                return quota
            say(f"  {quota:.1%} of a core suffice, or nearly")
            quota *= QUOTA_STEP
        raise Failure("one channel-manager copes with this load at the smallest quota there is; see "
                      "--share-rate")

    def _falls_behind(self) -> bool:
        began = time.monotonic()
        self._samples.clear()
        while (now := self._sample()).at_s - began < OVERLOADED_WITHIN_S:
            if self._is_overloaded():
                return True
            if now.at_s - began > RATE_BEFORE_OVER_S and now.age_s < COPES_AGE_S:
                return False
            self._cluster.wait(0.5)
        return False

    def _is_overloaded(self) -> bool:
        samples = list(self._samples)
        return (samples[-1].at_s - samples[0].at_s >= RATE_BEFORE_OVER_S
                and samples[-1].age_s > OVERLOADED_AGE_S
                and rate(samples) < OVERLOADED_RATE * self._arguments.share_rate)

    def _add_second(self, quota: float, number: int) -> tuple[Pod, list[Sample]]:
        """And what is seen from when it is limited like the first one."""
        began = time.monotonic()
        pod, group = self._add_worker(number)
        while not pod.workload.is_ready(pod) and time.monotonic() - began < HELPS_WITHIN_S:
            self._cluster.turn()
        self._quotas.limit(group, quota)
        say(f"  ready, and limited, after {time.monotonic() - began:.1f} s")
        after = []
        while time.monotonic() - began < HELPS_WITHIN_S:
            after.append(self._sample())
            self._cluster.wait(0.5)
        return pod, after


def _counts(connections: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in connections.items())
