#!/usr/bin/env python3
"""./dev rollout: what it takes for a failure, and what it makes of names and endpoints."""

import errno
import os
import subprocess
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import rollout
import rollout_config
from own_network import Refused, leave_machine
from rollout_balancer import rules
from rollout_cluster import next_name
from rollout_judge import Drain, histogram, judge, unevenness
from rollout_names import Names, hosts_text
from rollout_quota import Quotas
from rollout_scale import Sample, helped_at, rate

# 400 connections leave over 4 s.
DRAIN = Drain("gateway-0", began_s=50.0, ended_s=56.0, spread_s=20.0, notice_s=0.0, connections=400)


def leaving(count: int = 400, begin: float = 50.0, over: float = 4.0, asked: bool = True) -> list:
    return [{"at": begin + over * (number + 0.5) / count, "asked": asked} for number in range(count)]


def summary(reconnects: list | None = None, **more) -> dict:
    return {"seconds": 106, "odd": {}, "late_us": {"max": 0}, "new_block_us": {"count": 6},
            "answer_us": {"p50": 1000, "p99": 5000, "max": 9000},
            "shares": {"honest": {"submitted": 100_000, "accepted": 99_500, "rejected": 500,
                                  "unknown": 0, "waiting": 0,
                                  "rejected_by_reason": {"stale-share": 500}}},
            "without_work": {"longest_s": 1.5, "over_5s": []},
            "reconnects": leaving() if reconnects is None else reconnects, **more}


class Judgement(unittest.TestCase):
    def problems(self, run: dict, drain: Drain = DRAIN, blocks: dict | None = None) -> str:
        return "; ".join(judge(run, [drain], 1000.0, blocks or {"STATE_IN_CHAIN": 3}).problems)

    def shares(self, **more) -> dict:
        honest = {**summary()["shares"]["honest"], **more}
        return summary(shares={"honest": honest})

    def test_takes_a_good_run(self):
        self.assertEqual(self.problems(summary()), "")

    def test_names_who_was_without_work_for_too_long(self):
        run = summary(without_work={"longest_s": 7.0, "over_5s": [
            {"miner": "rollout.7", "seconds": 5.5}, {"miner": "rollout.9", "seconds": 7.0}]})
        self.assertIn("2 times", self.problems(run))
        self.assertIn("rollout.9 for 7.0 s", self.problems(run))

    def test_a_machine_that_holds_up_miners_is_not_the_pool(self):
        run = summary(without_work={"longest_s": 5.5, "over_5s": [
            {"miner": "rollout.7", "seconds": 5.5}]})
        self.assertIn("over 5.4 s", self.problems({**run, "late_us": {"max": 400_000}}))
        self.assertEqual(self.problems({**run, "late_us": {"max": 600_000}}), "")

    def test_takes_one_stale_share_in_a_hundred_and_not_more(self):
        self.assertEqual(self.problems(self.shares(
            accepted=99_000, rejected=1000, rejected_by_reason={"stale-share": 1000})), "")
        self.assertIn("stale", self.problems(self.shares(
            accepted=98_900, rejected=1100, rejected_by_reason={"stale-share": 1100})))

    def test_says_when_nothing_could_be_stale(self):
        self.assertIn("no new block", self.problems(summary(new_block_us={"count": 0})))

    def test_wants_each_block_to_be_in_the_chain(self):
        self.assertEqual(self.problems(summary(), blocks={"STATE_ORPHANED": 1,
                                                          "STATE_CONFIRMED": 2}), "")
        for state in ("STATE_FOUND", "STATE_REJECTED", "STATE_GIVEN_UP"):
            self.assertIn("2 blocks", self.problems(summary(), blocks={state: 2}), state)

    def test_takes_no_other_rejection_and_no_share_without_an_answer(self):
        self.assertIn("invalid-job-id (3)", self.problems(self.shares(
            rejected_by_reason={"stale-share": 497, "invalid-job-id": 3})))
        self.assertIn("2 shares had no answer", self.problems(self.shares(waiting=2)))

    def test_says_when_a_run_had_too_few_shares(self):
        self.assertIn("says nothing", self.problems(self.shares(submitted=80_000)))

    def test_wants_miners_to_leave_over_the_whole_drain(self):
        self.assertIn("evenly", self.problems(summary(leaving(over=1.0))), "all at its beginning")
        self.assertIn("evenly", self.problems(summary(leaving(begin=54.0, over=1.5))), "after it")
        self.assertIn("only 200", self.problems(summary(leaving(200))))

    def test_wants_them_to_be_asked(self):
        mixed = leaving(200) + leaving(200, asked=False)
        self.assertIn("200 connections that it had not asked", self.problems(summary(mixed)))

    def test_a_notice_moves_the_drain(self):
        later = replace(DRAIN, notice_s=5.0, ended_s=61.0)
        self.assertIn("evenly", self.problems(summary(), later))
        self.assertEqual(self.problems(summary(leaving(begin=55.0)), later), "")

    def test_a_short_drain_is_not_judged(self):
        short = replace(DRAIN, connections=40)
        self.assertEqual(self.problems(summary(leaving(40, over=0.1)), short), "")

    def test_a_configured_spread_is_not_exceeded(self):
        self.assertEqual(replace(DRAIN, spread_s=2.0).window_s, (50.0, 52.0))
        self.assertEqual(DRAIN.window_s, (50.0, 54.0))


class Evenness(unittest.TestCase):
    def test_is_nothing_for_even_and_one_for_all_at_once(self):
        self.assertLess(unevenness([number + 0.5 for number in range(100)], 0, 100), 0.02)
        self.assertAlmostEqual(unevenness([0.0] * 10, 0, 100), 1.0)
        self.assertAlmostEqual(unevenness([100.0] * 10, 0, 100), 1.0)

    def test_a_histogram_has_what_came_before_and_after(self):
        lines = histogram([-1.0, 0.0, 0.5, 9.5, 10.5], 0.0, 10.0)
        self.assertEqual(len(lines), 12)
        self.assertEqual(lines[0].split(), ["before", "1", "#"])
        self.assertEqual(lines[1].split(), ["0.0", "s", "2", "##"])
        self.assertEqual(lines[2].split(), ["1.0", "s", "0"])
        self.assertEqual(lines[-1].split(), ["after", "1", "#"])


class ScaleOut(unittest.TestCase):
    @staticmethod
    def samples(begin: float, per_second: float, ages: list[float]) -> list[Sample]:
        return [Sample(begin + number, (begin + number) * per_second, age)
                for number, age in enumerate(ages)]

    def test_a_rate_is_that_of_all_samples(self):
        samples = self.samples(0, 100, [1] * 5)
        self.assertAlmostEqual(rate(samples), 100)
        self.assertAlmostEqual(rate(samples + [Sample(5, 1400, 1)]), 1400 / 5)
        self.assertEqual(rate(samples[:1]), 0)

    def test_helps_by_more_shares_or_by_younger_ones(self):
        before = self.samples(0, 100, [2, 3, 4, 5])
        faster = [Sample(4 + at, 400 + 200 * at, 5) for at in range(6)]
        self.assertEqual(helped_at(before, faster).at_s, 7)
        self.assertEqual(helped_at(before, self.samples(4, 100, [5, 4, 2])).at_s, 6)

    def test_does_not_help_when_it_does_so_for_a_moment(self):
        before = self.samples(0, 100, [2, 3, 4, 5])
        self.assertIsNone(helped_at(before, self.samples(4, 100, [5, 2, 1, 6, 7])))

    def test_does_not_help_when_all_is_as_before(self):
        before = self.samples(0, 100, [2, 3, 4, 5])
        self.assertIsNone(helped_at(before, self.samples(4, 100, [5, 6, 7, 8, 9])))


class Surroundings(unittest.TestCase):
    def test_a_name_has_all_of_its_addresses_and_is_replaced_as_a_whole(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "hosts"
            Names(file).set({"gateways": ["10.0.0.2", "10.0.0.3"], "admins": ["10.0.0.4"]})
            self.assertEqual(file.read_text(), "127.0.0.1 localhost\n10.0.0.4 admins\n"
                                               "10.0.0.2 gateways\n10.0.0.3 gateways\n")
            self.assertEqual(list(Path(folder).iterdir()), [file])
        self.assertEqual(hosts_text({}), "127.0.0.1 localhost\n")

    def test_new_connections_go_to_an_endpoint_by_chance_and_to_nobody_without_one(self):
        some = rules("10.78.1.1", 24250, ["10.77.1.1", "10.77.1.2"])
        self.assertIn("dnat to numgen random mod 2 map { 0 : 10.77.1.1, 1 : 10.77.1.2 }", some)
        nobody = rules("10.78.1.1", 24250, [])
        self.assertNotIn("dnat", nobody)
        self.assertIn("reject with tcp reset", nobody)

    def test_the_next_pod_of_a_deployment_has_another_name(self):
        self.assertEqual(next_name("vardiff-1"), "vardiff-1b")
        self.assertEqual(next_name("vardiff-1b"), "vardiff-1c")

    def test_refuses_with_the_reason_where_there_are_no_namespaces(self):
        with self.assertRaisesRegex(Refused, "no network namespaces.*not permitted"):
            leave_machine(lambda _: errno.EPERM)
        with self.assertRaisesRegex(Refused, "No space left"):
            leave_machine(lambda _: errno.ENOSPC)

    def test_a_refusal_has_its_own_status(self):
        with mock.patch.object(rollout, "rollout", side_effect=Refused("because")), \
                mock.patch.object(sys, "argv", ["rollout"]), \
                self.assertRaises(SystemExit) as ended:
            rollout.main()
        self.assertEqual(ended.exception.code, 77)

    def test_quotas_of_a_run_that_was_killed_are_removed(self):
        with tempfile.TemporaryDirectory() as folder:
            child = subprocess.Popen(["true"])
            child.wait()
            gone, ours = (Path(folder) / f"adit-rollout-{pid}-x" for pid in (child.pid, os.getpid()))
            gone.mkdir()
            ours.mkdir()
            with mock.patch("rollout_quota._roots", return_value=[(Path(folder), True)]):
                Quotas().close()
            self.assertFalse(gone.exists())
            self.assertTrue(ours.exists())


class Configuration(unittest.TestCase):
    def test_is_that_of_deploy_with_what_it_includes(self):
        redis = {"address": "redis:6379"}
        gateway = rollout_config.gateway(redis, 20.0)
        self.assertEqual(gateway["templates"], {"replicas": ["templates:24252"]})
        self.assertEqual(gateway["redis"], redis)
        self.assertEqual(gateway["drain"]["spread"], "20s")
        worker = rollout_config.channel_manager(redis, 60.0)
        self.assertEqual(worker["network"], "regtest")
        self.assertEqual(worker["bus"], {"gateways": ["gateways:24251"]})
        self.assertNotIn("include", worker)

    def test_quick_is_smaller(self):
        quick, usual = (rollout.parse_arguments(words) for words in (["--quick"], []))
        self.assertLess(quick.connections, usual.connections)
        self.assertEqual(quick.shares_per_minute, 120)
        self.assertEqual(usual.shares_per_minute, 60)
        self.assertEqual((usual.connections, usual.share_rate), (1000, 1000))
        scaled = rollout.parse_arguments(["--scale-out"])
        self.assertGreater(scaled.share_rate, usual.share_rate)
        self.assertEqual(rollout.parse_arguments(["--scale-out", "--share-rate", "7"]).share_rate, 7)


if __name__ == "__main__":
    unittest.main()
