#!/usr/bin/env python3
"""What ./dev bench pool and ./dev bench rates make of what they measured, on made-up measurements."""

import contextlib
import io
import json
import re
import sys
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path
from unittest import mock

import bench_budgets
import bench_load
import bench_pool
import bench_pool_events
import bench_pool_report
import bench_pool_run
import bench_rates
import bench_ratios
from bench_budgets import Budget
from bench_machine import Machine
from bench_pool_load import GENERATOR, PROCESSES, Channels, Found, segments
from bench_pool_run import Run
from bench_rates import Case, Figures
from bench_redis import Redis
from console import Failure
from own_network import Refused


def run(accepted_s: float, cpu: float) -> Figures:
    return Figures(accepted_s, 0.01, (1, 2, 3), {"gateway": cpu}, {"gateway": 2**20}, 10, 20, 30)


def summary(**honest) -> dict:
    return {"connections_lost": 0, "shares": {"honest": {
        "submitted": 100, "waiting": 0, "unknown": 0, "rejected_by_reason": {}, **honest}}}


class BenchRates(unittest.TestCase):
    CASE = Case("some", ())

    def test_each_figure_is_the_median_of_its_own(self):
        found = bench_rates.median([run(1, 0.5), run(3, 0.1), run(2, 0.2)])
        self.assertEqual(found.accepted_s, 2)
        self.assertEqual(found.cpu, {"gateway": 0.2})
        self.assertEqual(found.ack_ms, (1, 2, 3))

    def test_a_line_has_a_cell_for_each_column(self):
        line = bench_rates.line(self.CASE, run(1234, 0.25))
        self.assertEqual(line.split(), ["some", "1,234", "1.00", "1.00", "2.00", "3.00", "25.0",
                                        "-", "-", "-", "-", "-", "10", "20", "30"])
        head = bench_rates.head()
        self.assertEqual(head[1].rstrip().rindex("file") + 4, len(line))

    def test_stale_shares_are_the_only_ones_that_may_be_refused(self):
        bench_load.check_answers("some", summary(rejected_by_reason={"stale-share": 3}))
        for wrong in ({"waiting": 1}, {"unknown": 1}, {"rejected_by_reason": {"invalid-share": 1}}):
            with self.subTest(wrong), self.assertRaises(Failure):
                bench_load.check_answers("some", summary(**wrong))


class Status(unittest.TestCase):
    def test_it_is_the_last_whole_line(self):
        with tempfile.TemporaryDirectory() as name:
            log = Path(name) / "log"
            for text, seconds in (("", None), ('{"seconds": 1}', None), ('{"seconds": 1}\n', 1),
                                  ('{"seconds": 1}\n{"seco', 1),
                                  ('{"seconds": 7}\n' * 1000 + '{"seconds": 8}\n', 8)):
                with self.subTest(text[-20:]):
                    log.write_text(text)
                    self.assertEqual(bench_load.last_status(log).get("seconds"), seconds)


class Budgets(unittest.TestCase):
    CEILING = Budget("cost", "a cost", "µs", 7)
    FLOOR = Budget("rate", "a rate", "/s", 100_000, is_floor=True, is_provisional=True)

    def test_a_bound_holds_up_to_itself(self):
        for budget, value, holds in ((self.CEILING, 7, True), (self.CEILING, 7.01, False),
                                     (self.FLOOR, 100_000, True), (self.FLOOR, 99_999, False)):
            with self.subTest(budget.key, value=value):
                self.assertEqual(budget.holds(value, {}), holds)

    def test_only_a_provisional_floor_is_derived_and_only_upwards(self):
        self.assertTrue(self.CEILING.holds(7, {"cost": 3}))
        self.assertFalse(self.FLOOR.holds(100_000, {"rate": 120_000}))
        self.assertTrue(self.FLOOR.holds(100_000, {"rate": 80_000}))

    def test_a_floor_is_derived_from_what_was_measured(self):
        first = bench_budgets.derive({}, {"rate_extended": 200_500.0, "cpu_extended": 1.0})
        self.assertEqual(first, {"rate_extended": 140_000.0})
        self.assertEqual(bench_budgets.derive(first, {"rate_extended": 150_000.0}), first)
        # What is below what was set at first leaves that.
        self.assertEqual(bench_budgets.derive({}, {"rate_apart": 10_000.0}),
                         {"rate_apart": 70_000})

    def test_what_is_missed_is_named_and_what_was_not_measured_is_not(self):
        missed = bench_budgets.missed({"reconnect": 6.0, "ack_p50": 0.5}, {})
        self.assertEqual(list(missed), ["reconnect"])
        self.assertIn("gateway killed", missed["reconnect"])
        self.assertIn("6.00 s", missed["reconnect"])
        table = bench_budgets.table({"reconnect": 6.0, "ack_p50": 0.5}, {})
        self.assertEqual(len(table), len(bench_budgets.BUDGETS))
        self.assertEqual(sum("MISSED" in line for line in table), 1)
        self.assertEqual(sum(line.endswith("holds") for line in table), 1)

    def test_every_budget_has_a_key_of_its_own(self):
        keys = [budget.key for budget in bench_budgets.BUDGETS]
        self.assertEqual(len(keys), len(set(keys)))


class Ratios(unittest.TestCase):
    def test_a_slower_machine_changes_no_ratio(self):
        fast = {"cpu_extended_gateway": 1.0, "rate_apart": 80_000.0, "idle_sv2": 3600.0}
        slow = {"cpu_extended_gateway": 2.0, "rate_apart": 40_000.0, "idle_sv2": 3600.0}
        self.assertEqual(bench_ratios.ratios(fast, 200), bench_ratios.ratios(slow, 400))

    def test_what_got_worse_is_beyond_its_tolerance_in_its_direction(self):
        baseline = {"cpu_extended_gateway": 10.0, "rate_apart": 10.0, "idle_sv2": 3600.0}
        for key, value, is_worse in (("cpu_extended_gateway", 13.4, False),
                                     ("cpu_extended_gateway", 13.6, True),
                                     ("cpu_extended_gateway", 1.0, False),
                                     ("rate_apart", 7.2, False), ("rate_apart", 7.1, True),
                                     ("rate_apart", 100.0, False),
                                     ("idle_sv2", 3900.0, False), ("idle_sv2", 4000.0, True)):
            with self.subTest(key, value=value):
                worse = bench_ratios.worse({**baseline, key: value}, baseline)
                self.assertEqual(len(worse), int(is_worse), worse)

    def test_what_the_baseline_does_not_have_is_not_compared(self):
        self.assertEqual(bench_ratios.worse({"rate_apart": 1.0}, {"rate_extended": 1.0}), {})


class RedisFile(unittest.TestCase):
    def rewrites_of(self, size: int, base: int) -> tuple:
        """What is found where the file has these sizes, and how often it was asked to be written."""
        said = iter([1, 0, 0])  # is being written anew: at first by itself, then as asked
        redis, asked = Redis(mock.Mock(port=1)), []

        def ask(*words: str) -> str:
            asked.append(words)
            if words[0] != "info":
                return "auto-aof-rewrite-min-size\n400\n"
            return (f"aof_current_size:{size}\r\naof_base_size:{base}\r\naof_rewrite_scheduled:0\r\n"
                    "aof_last_bgrewrite_status:ok\r\n"
                    f"aof_rewrite_in_progress:{next(said, 0)}\r\n")
        with mock.patch.object(redis, "ask", ask):
            return redis.rewrite_if_worth_it(), asked.count(("bgrewriteaof",))

    def test_it_is_written_anew_where_it_has_grown_by_a_quarter_of_what_is_allowed(self):
        self.assertEqual(self.rewrites_of(119, 20), (None, 0))
        found, asked = self.rewrites_of(120, 20)
        self.assertEqual((found.grown, asked), (100, 1))
        self.assertEqual(self.rewrites_of(1000, 801), (None, 0))
        self.assertEqual(self.rewrites_of(1000, 800)[1], 1)


def load(rate: float, gateway_us: float) -> dict:
    cpu = {name: 1.0 for name in (*PROCESSES, GENERATOR)}
    return vars(Found(rate, {**cpu, "gateway": gateway_us}, [10.0, 20.0, 30.0], 0.01, 0.1, 0.5))


def results(**more) -> dict:
    channels = vars(Channels(76_000.0, 10.0, {"gateway": 1000.0, "channel-manager": 100.0},
                             {"gateway": 1100.0, "channel-manager": 90.0}))
    return {"form": "long", "failed": {}, "closed": {
                "thousand": load(80_000, 2), "standard": load(150_000, 1),
                "extended": load(140_000, 2.5), "apart": load(75_000, 6)},
            "rewrites": [{"seconds": s, "grown": 200_000_000} for s in (1.0, 2.0, 4.0)],
            "curve": [{"rate": 37_500.0, "part": 0.5, "halts": False, **load(37_500, 5)},
                      {"rate": 2000, "part": 0, "halts": False, **load(2000, 9),
                       "ack_ms": [0.7, 2.4, 5.0]},
                      {"rate": 2000, "part": 0, "halts": True, **load(2000, 9),
                       "ack_ms": [0.9, 4.4, 9.0]}],
            "has": ["idle cores poll"], "lacks": ["nice -10: not permitted"],
            "channels": [channels], "handshakes": {"rate_s": 3000.0, "gateway_us": 150.0},
            "reconnect": [{"ready": 0.5, "all_work": 3.0, "all_mine": s} for s in (3.5, 4.5, 9.0)],
            "node": "a node", "blocks": {
                "1000": {"first": [2.0, 2.5, 9.0], "last": [15.0, 16.0, 40.0], "full": [20.0] * 3},
                "10000": {"first": [2.0], "last": [90.0], "full": [95.0]}},
            "sv1": {"miners": 10_000, "memory": 3800.0, "last_ms": [50.0], "ready_s": 40.0},
            "idle_sv2": 3600.0, "redis": 120.0, "hash_ns": [200.0, 210.0, 205.0],
            "machine": "2 cores of a processor, 24 GiB, Linux 6", "disk": "disk: fast", "busy_cores": 0.05,
            "date": "2026-11-27 06:05 UTC", "commit": "0123456789", "took_s": {"all": 600.0}, **more}


class Surroundings(unittest.TestCase):
    def test_cores_are_awake_until_it_ends_and_asleep_where_that_is_asked_for(self):
        with tempfile.TemporaryDirectory() as name:
            file = Path(name) / "latency"
            file.write_bytes(b"before")
            nice = mock.Mock(side_effect=lambda more: 4 if more == 0 else 4 + more)
            with Machine(file, nice, lambda: None) as machine:
                self.assertEqual(file.read_bytes(), b"\0\0\0\0re")
                self.assertEqual(nice.call_args.args, (-24,))
                self.assertTrue(machine.is_awake)
                with machine.asleep():
                    self.assertFalse(machine.is_awake)
                self.assertTrue(machine.is_awake)
                self.assertEqual(len(machine.has), 3)
            self.assertFalse(machine.is_awake)

    def test_what_is_not_permitted_is_said_and_the_rest_is_done(self):
        def refuses():
            raise Refused("no namespaces")
        with Machine(Path("/nowhere/latency"), mock.Mock(side_effect=PermissionError(1, "no")),
                     refuses) as machine:
            self.assertEqual(machine.has, [])
            self.assertEqual(["/nowhere" in machine.lacks[0], "no" in machine.lacks[1],
                              machine.lacks[2]],
                             [True, True, "a network namespace of its own: no namespaces"])
            with machine.asleep():
                self.assertFalse(machine.is_awake)
            self.assertFalse(machine.is_awake)


class Again(unittest.TestCase):
    """What is missed is measured again, the rest is not, and the medians count."""

    def run_of(self, figures: dict) -> Run:
        """A run whose measurements are made up: of each kind, what is to be found next."""
        def found(what: str):
            return lambda *_, **__: (asked.append(what), figures[what].pop(0))[1]

        self.asked = asked = []
        for target, name, stand_in in (
                (bench_pool_run, "SmallPool",
                 lambda *_, **__: contextlib.nullcontext(mock.Mock())),
                (bench_pool_run, "FOLDER", self.folder),
                (bench_pool_run.load, "closed",
                 lambda _binaries, _pool, case, _seconds: found(case.key)()),
                (bench_pool_run.load, "opened", found("ack")),
                (bench_pool_run.load, "channels", found("channels")),
                (bench_pool_run.events, "handshakes", found("handshakes")),
                (bench_pool_run.events, "reconnect", found("reconnect")),
                (bench_pool_run.events, "node", lambda *_: contextlib.nullcontext(mock.Mock())),
                (bench_pool_run.events, "new_blocks",
                 lambda _binaries, _pool, _at, connections, _blocks: found(str(connections))()),
                (bench_pool_run.events, "translator", found("sv1")),
                (bench_pool_run, "Redis", mock.Mock(return_value=mock.Mock(**{
                    "rewrite_if_worth_it.return_value": None}))),
                (bench_ratios.Yardstick, "time", lambda self: self.nanoseconds.append(200.0)),
                (sys, "stdout", io.StringIO())):
            patch = mock.patch.object(target, name, stand_in)
            patch.start()
            self.addCleanup(patch.stop)
        return Run(bench_pool_run.QUICK, Path("nowhere"), mock.Mock(is_awake=False))

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    @staticmethod
    def shares(rate: float, p99: float = 1.0) -> Found:
        return Found(rate, {name: 1.0 for name in (*PROCESSES, GENERATOR)}, [0.5, p99, 9.0], 0.0,
                     1.0, 0.1)

    def test_shares_and_acknowledgements_are_medians_of_all(self):
        run = self.run_of({"extended": [self.shares(rate) for rate in (100_000, 150_000, 160_000)],
                           "ack": [self.shares(2000, p99) for p99 in (9.0, 1.0, 2.0)]})
        for _ in range(3):
            run.again({"rate_extended", "ack_p99"})
        found = bench_pool.values(run.results)
        self.assertEqual((found["rate_extended"], found["ack_p99"]), (150_000, 2.0))
        self.assertEqual(self.asked, ["extended", "ack"] * 3)
        self.assertEqual(len(run.results["curve"]), 1)
        self.assertEqual(run.results["failed"], {})

    def test_a_ratio_of_one_process_asks_for_its_load_alone(self):
        run = self.run_of({"apart": [self.shares(80_000)], "handshakes": [
            bench_pool_events.Handshakes(3000, us) for us in (150.0, 90.0)],
            "reconnect": [mock.Mock(ready=0.5, all_work=1.0, all_mine=s) for s in (9.0, 3.0)]})
        run.again({"cpu_apart_gateway"})
        self.assertEqual(self.asked, ["apart"])
        for _ in range(2):
            run.again({"reconnect"})
        self.assertEqual(run.results["handshakes"]["gateway_us"], 120)
        self.assertEqual(bench_pool.values(run.results)["reconnect"], 6)

    def test_new_blocks_are_medians_of_all_blocks(self):
        run = self.run_of({
            "1000": [{"first": [4.0], "last": [9.0], "full": [9.0]},
                     {"first": [2.0], "last": [11.0], "full": [9.0]}],
            "10000": [{"first": [1.0], "last": [90.0], "full": [95.0]} for _ in range(2)],
            "sv1": [bench_pool_events.Translator(3600, [40.0], 9.0) for _ in range(2)]})
        for _ in range(2):
            run.again({"block_first"})
        found = bench_pool.values(run.results)
        self.assertEqual((found["block_first"], found["block_last"]), (3.0, 10.0))
        self.assertEqual(run.results["sv1"]["last_ms"], [40.0, 40.0])
        self.assertEqual(run.results["failed"], {})

    def test_only_what_was_missed_is_doubtful(self):
        slow = results(reconnect=[{"ready": 0.5, "all_work": 3.0, "all_mine": 6.0}])
        before = bench_ratios.ratios(bench_pool.values(results()), 205)
        worse = {**before, "cpu_apart_gateway": before["cpu_apart_gateway"] / 2}
        with mock.patch.object(bench_budgets, "derived", lambda: {}), \
                mock.patch.object(bench_ratios, "read_baseline", lambda _: worse):
            self.assertEqual(bench_pool.doubtful(slow), {"reconnect", "cpu_apart_gateway"})
        run = mock.Mock()
        with contextlib.redirect_stdout(io.StringIO()):
            bench_pool.measure_again(run, set())
            run.again.assert_not_called()
            bench_pool.measure_again(run, {"reconnect"})
        self.assertEqual(run.again.call_args_list, [mock.call({"reconnect"})] * bench_pool.AGAIN)


class Pool(unittest.TestCase):
    def conclude(self, found: dict, wants_check: bool = False) -> str:
        with contextlib.redirect_stdout(io.StringIO()):
            return bench_pool.conclude(found, wants_check)

    def test_every_budget_is_measured_by_a_whole_run(self):
        found = bench_pool.values(results())
        self.assertEqual({budget.key for budget in bench_budgets.BUDGETS} - set(found), set())
        self.assertEqual({ratio.key for ratio in bench_ratios.RATIOS} - set(found), set())
        self.assertEqual(found["cpu_extended"], 2.5 + 3)
        self.assertEqual(found["ack_p99"], 2.4)
        self.assertAlmostEqual(found["channels_rate"], 5)
        self.assertAlmostEqual(found["channels_gateway"], 10)
        self.assertAlmostEqual(found["channels_worker"], -2)
        self.assertEqual(found["reconnect"], 4.5)
        self.assertEqual(found["block_last"], 16.0)

    def test_the_verdict_names_what_is_missed(self):
        with mock.patch.object(bench_budgets, "derived", lambda: {}):
            self.assertIn("18 of 18 budgets measured, all of them hold", self.conclude(results()))
            with self.assertRaisesRegex(Failure, "idle SV2 connection.*4,200 bytes"):
                self.conclude(results(idle_sv2=4200.0))
            with self.assertRaisesRegex(Failure, "handshakes was not measured: no reason"):
                self.conclude(results(failed={"handshakes": "no reason"}))

    def test_a_regression_is_a_failure_where_it_is_looked_for(self):
        before = bench_ratios.ratios(bench_pool.values(results()), 205)
        worse = {**before, "cpu_apart_gateway": before["cpu_apart_gateway"] / 2}
        with mock.patch.object(bench_budgets, "derived", lambda: {}):
            with mock.patch.object(bench_ratios, "read_baseline", lambda _: worse):
                self.conclude(results())
                with self.assertRaisesRegex(Failure, "gateway's CPU.*one a segment: 100 % worse"):
                    self.conclude(results(), True)
            with mock.patch.object(bench_ratios, "read_baseline", lambda _: None):
                self.conclude(results(), True)

    def test_a_busy_machine_makes_no_new_baseline(self):
        busy, idle = results(busy_cores=1.0, commit="busy"), results(commit="idle")
        with tempfile.TemporaryDirectory() as name, \
                mock.patch.object(bench_ratios, "BASELINE", Path(name) / "baseline.json"), \
                contextlib.redirect_stdout(io.StringIO()):
            for run_of, commit in ((results(form="quick"), None), (busy, "busy"), (idle, "idle"),
                                   (busy, "idle")):
                bench_pool.write_baseline(run_of, bench_pool.values(run_of))
                now = bench_ratios.BASELINE
                self.assertEqual(json.loads(now.read_text())["a processor"]["commit"]
                                 if now.exists() else None, commit)

    def test_each_processor_has_a_baseline_of_its_own(self):
        one, other = results(), results(machine="2 cores of another one, 8 GiB, Linux 6",
                                        idle_sv2=4000.0)
        with tempfile.TemporaryDirectory() as name, \
                mock.patch.object(bench_ratios, "BASELINE", Path(name) / "baseline.json"):
            bench_pool.write_baseline(one, bench_pool.values(one))
            self.assertIsNone(bench_pool.baseline_for(other))
            bench_pool.write_baseline(other, bench_pool.values(other))
            self.assertEqual([bench_pool.baseline_for(each)["idle_sv2"] for each in (one, other)],
                             [3600.0, 4000.0])
            self.assertIsNone(bench_pool.baseline_for(results(machine="who knows")))

    def test_miners_that_never_mine_again_are_no_reconnection(self):
        back = [{"at": 10.0 + i, "works_again": 11.0 + i, "accepted_again": 12.0 + i}
                for i in range(3)]
        found = bench_pool_events.read_reconnects(back, 3, 0.5)
        self.assertEqual((found.ready, found.all_work, found.all_mine), (0.5, 3.0, 4.0))
        back[1]["accepted_again"] = None
        with self.assertRaisesRegex(Failure, "1 of 3 miners"):
            bench_pool_events.read_reconnects(back, 3, 0.5)
        # Lost again, and back in the end.
        back.append({"at": 12.0, "works_again": 14.0, "accepted_again": 15.0})
        self.assertEqual(bench_pool_events.read_reconnects(back, 3, 0.5).all_mine, 5.0)

    def test_what_a_process_does_not_keep_is_not_compared_with_nothing(self):
        found = Channels(1.0, 1.0, {"gateway": 1000.0, "worker": 5.0, "odd": -50.0},
                         {"gateway": 1200.0, "worker": 50.0, "odd": 0.0})
        self.assertAlmostEqual(found.more("gateway"), 20)
        self.assertAlmostEqual(found.more("worker"), 9)
        self.assertAlmostEqual(found.more("odd"), 10)

    def test_segments_of_the_set_up_are_of_no_share(self):
        said = {"segments_sent": 130, "connections": 10, **summary()}
        self.assertEqual(segments(said), 1.0)
        self.assertEqual(segments({**said, "segments_sent": 20}), 0.0)

    def test_of_few_values_the_highest_is_the_p99(self):
        values = [float(value) for value in range(1, 11)]
        self.assertEqual(bench_pool_events.quantile(values, 0.99), 10.0)
        self.assertEqual(bench_pool_events.quantile(values * 20, 0.5), 6.0)


class Report(unittest.TestCase):
    def test_the_page_and_its_charts_are_of_what_was_measured(self):
        found = results()
        with tempfile.TemporaryDirectory() as name:
            page = Path(name) / "docs" / "benchmarks.md"
            page.parent.mkdir()
            page.write_text(f"before\n{bench_pool_report.BEGIN}\nas it was\n{bench_pool_report.END}\nafter\n")
            with mock.patch.multiple(bench_pool_report, PAGE=page, ROOT=Path(name)), \
                    mock.patch.object(bench_ratios, "BASELINE", Path(name) / "none"):
                written = bench_pool_report.write(found, bench_pool.values(found))
            text = page.read_text()
            self.assertEqual(len(written), 5)
            self.assertTrue(text.startswith("before\n") and text.endswith("after\n"))
            self.assertNotIn("as it was", text)
            self.assertNotIn("Other work", text)
            for claim in ("0123456789", "2 cores of a processor", "140,000", "3,600 bytes", "2.40",
                          "| 2,000/s, mixed, idle cores halt | 0.90 |", "with idle cores poll",
                          "Not permitted: nice -10: not permitted"):
                self.assertIn(claim, text)
            charts = re.findall(r"\((benchmarks-[a-z]+\.svg)\)", text)
            self.assertEqual(len(charts), 4)
            for chart in charts:
                xml.etree.ElementTree.parse(page.with_name(chart))
            self.assertIn("Redis wrote its file anew, 3 times, when 200 MB had come since the last "
                          "time, in 2.0 s", text)
            # Every row of a table has its cells.
            for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
                self.assertEqual(len({line.count("|") for line in block.splitlines()}), 1, block)

    def test_a_run_that_lost_parts_is_written_all_the_same(self):
        found = results(failed={"the node": "is away"}, busy_cores=1.5)
        for key in ("blocks", "sv1", "channels", "handshakes", "reconnect", "node"):
            del found[key]
        found["rewrites"] = []
        text = "\n".join(bench_pool_report.section(found, bench_pool.values(found)))
        self.assertNotIn("anew", text)
        self.assertIn("Not measured: the node (is away).", text)
        self.assertIn("Other work", text)
        self.assertIn("not measured", text)

    def test_results_survive_being_a_file(self):
        found = results()
        again = json.loads(json.dumps(found))
        self.assertEqual(bench_pool.values(again), bench_pool.values(found))


if __name__ == "__main__":
    unittest.main()
