#!/usr/bin/env python3
"""What ./dev decides: without processes, ports or time."""

import argparse
import subprocess
import tempfile
import tomllib
import unittest
from pathlib import Path

import bench
import ctest
import duration
import interop
import releases
import up_child
import up_config
import up_figures
import up_scrape
import up_status
from console import Failure
from up_layout import PORTS, SPAN, Layout
from up_node import Node

HERE = Path(__file__).resolve().parent


class Releases(unittest.TestCase):
    COMMIT = "0123456789abcdef0123456789abcdef01234567"

    def test_are_a_version_and_a_commit_a_line_oldest_first(self):
        found = releases.releases(f"# why\n\n0.1.0 {self.COMMIT}\n0.2.0 {self.COMMIT[::-1]}\n")
        self.assertEqual([release.version for release in found], ["0.1.0", "0.2.0"])
        self.assertEqual(found[0].commit, self.COMMIT)
        self.assertTrue(str(found[0].programs).endswith(
            f"0.1.0-012345678/build/{releases.PRESET}/bin"))

    def test_say_which_line_is_none(self):
        for text, why in ((f"0.1 {self.COMMIT}", "line 1"), ("\n0.1.0 0123", "line 2"),
                          (f"0.1.0 {self.COMMIT}\n0.1.0 {self.COMMIT}", "twice")):
            with self.assertRaisesRegex(Failure, why):
                releases.releases(text)

    def test_the_file_of_this_tree_names_one(self):
        self.assertTrue(releases.releases(releases.FILE.read_text()))


class Duration(unittest.TestCase):
    def test_wants_a_count_and_a_unit(self):
        self.assertEqual(duration.seconds("60s"), 60)
        self.assertEqual(duration.seconds("2m"), 120)
        for text in ("60", "s", "1.5s", "-1s", "1 s", ""):
            with self.assertRaises(argparse.ArgumentTypeError, msg=text):
                duration.seconds(text)

    def test_reads_like_a_clock(self):
        self.assertEqual(duration.clock(3665.9), "1:01:05")


class Metrics(unittest.TestCase):
    def test_reads_names_labels_and_values(self):
        samples = up_scrape.parse_metrics(
            '# HELP a_total x\n# TYPE a_total counter\na_total 3\n'
            'b_total{z="1",reason="a \\"b\\""} 4.5\nc 1e+09\nnot a metric\n')
        self.assertEqual(samples[("a_total", ())], 3)
        self.assertEqual(samples[("b_total", (("reason", 'a "b"'), ("z", "1")))], 4.5)
        self.assertEqual(samples[("c", ())], 1e9)
        self.assertEqual(len(samples), 3)

    def test_counts_over_restarts(self):
        totals = up_scrape.Totals()
        series = ("a_total", ())
        for value in (5, 7):
            totals.observe("gateway", {series: value})
        totals.observe("other", {series: 100})
        totals.observe("gateway", {series: 2})   # started again, seen too late to be told
        totals.restarted("gateway")
        totals.observe("gateway", {series: 6})   # started again, and already beyond the last 2
        self.assertEqual(totals.sum("a_total"), 7 + 100 + 2 + 6)

    def test_gauges_are_those_of_the_living(self):
        totals = up_scrape.Totals()
        totals.observe("a", {("open", ()): 3})
        totals.observe("b", {("open", ()): 4})
        self.assertEqual(totals.gauge("open"), 7)
        self.assertEqual(totals.highest("open"), 4)
        totals.restarted("b")
        self.assertEqual(totals.gauge("open"), 3)
        self.assertIsNone(totals.gauge("nobody has it"))
        self.assertIsNone(totals.highest("nobody has it"))

    def test_makes_the_summary(self):
        totals = up_scrape.Totals(up_figures.COUNTERS_BY_ANOTHER_NAME)
        reader = up_figures.Reader()

        def observe(accepted: int, channels: int) -> None:
            def shares(result: str, reason: str):
                return (up_figures.SHARES, (("reason", reason), ("result", result)))

            totals.observe("gateway", {
                shares("accepted", ""): accepted,
                shares("rejected", "stale-share"): 2,
                shares("rejected", "invalid-share"): 0,
                (up_figures.DIFFICULTY_SUM, ()): accepted / 2**10,
                (up_figures.CHANNELS, ()): channels})
            for replica in ("template-1", "template-2"):  # each is given every block
                totals.observe(replica, {
                    (up_figures.BLOCKS, (("stage", "found"),)): accepted / 10,
                    (up_figures.BLOCKS, (("stage", "accepted"),)): accepted / 10 - 1})

        observe(10, 4)
        reader.read(totals, now=1)
        observe(30, 0)
        figures = reader.read(totals, now=11)
        self.assertEqual(figures.hashrate_hps, 20 / 2**10 / 10 * 2**32)
        self.assertEqual(figures.share_difficulty, 1 / 2**10)
        self.assertEqual(reader.summary(totals, now=12, elapsed_s=10, restarts=1), {
            "shares_accepted": 30, "shares_rejected": {"stale-share": 2}, "blocks_found": 3,
            "blocks_accepted": 2, "channels": 4, "restarts": 1, "seconds": 10,
            "hashrate_hps": 30 * 2**22 // 10})


class Status(unittest.TestCase):
    def test_says_rejections_by_reason(self):
        self.assertEqual(up_status.rejected_text({}), "0 rejected")
        self.assertEqual(up_status.rejected_text({"a": 1, "b": 2}), "3 rejected (a 1, b 2)")

    def test_gives_units(self):
        self.assertEqual(up_status.with_unit(0, "H/s"), "0 H/s")
        self.assertEqual(up_status.with_unit(12_345_678, "H/s"), "12.3 MH/s")

    def test_names_who_is_not_ready(self):
        child = up_child.Child(up_child.Spec("gateway", []), Path("x"))
        child.state = "not ready: template: no template yet"
        line = up_status.plain_line(61, up_figures.Figures(), [child])
        self.assertIn("0:01:01", line)
        self.assertIn("not ready: gateway (not ready: template: no template yet)", line)


class Config(unittest.TestCase):
    def test_is_toml_whatever_the_values(self):
        table = {"a": 'quote " and \\', "n": 5, "t": {"b": True, "l": ["x", "y"]},
                 "nodes": [{"name": "a"}, {"name": "b", "n": 1}]}
        self.assertEqual(tomllib.loads(up_config.toml(table)), table)

    def test_pays_to_an_address_or_a_script(self):
        for payout, key in (("bcrt1qw508d", "address"), ("0014ab", "script")):
            pool = up_config.payout_table(payout, solo_fee=None)
            self.assertEqual(pool, {key: payout})
            self.assertEqual(up_config.payout_table(payout, solo_fee=0),
                             {"mode": "solo", "fee_basis_points": 0, key: payout})
            table = up_config.channel_manager(Layout(34250), 1, "regtest", pool, 60)
            self.assertEqual(table["payout"], pool)

    def test_reads_a_node_with_its_secret(self):
        self.assertEqual(Node.parse("http://us%40er:p@10.0.0.1:8332"),
                         Node("10.0.0.1", 8332, "us@er", "p"))
        for text in ("localhost", "http://host:1", "https://u:p@h:1", "http://u:p@h",
                     "http://u:p@h:x"):
            with self.assertRaises(Failure, msg=text):
                Node.parse(text)

    def test_gives_every_process_its_own_ports(self):
        offsets = [offset for offset, _ in PORTS.values()]
        self.assertEqual(len(set(offsets)), len(offsets))
        self.assertLess(max(offsets), SPAN)

    def test_refuses_a_port_base_without_room(self):
        for base in (80, 65535):
            with self.assertRaises(Failure):
                Layout(base).check_ports()


class Tests(unittest.TestCase):
    def test_runs_kinds_in_order_and_unknown_ones_last(self):
        self.assertEqual(ctest.ordered(["zeta", "integration", "unit"]),
                         ["unit", "integration", "zeta"])

    def test_says_why_a_test_was_skipped(self):
        self.assertEqual(ctest.skip_reason("[ RUN ] a\n/a/b.cpp:5: Skipped\nno Redis\n\n[ SKIPPED ]"),
                         "no Redis")
        self.assertEqual(ctest.skip_reason("x\nSKIP: npm cannot be reached\n"),
                         "npm cannot be reached")
        self.assertEqual(ctest.skip_reason(""), "no reason given")

    def test_reads_outcomes(self):
        outcome = ctest.read_junit(
            '<testsuite><testcase name="a" status="run"/><testcase name="b" status="fail"/>'
            '<testcase name="c" status="notrun"><system-out>SKIP: d</system-out></testcase>'
            "</testsuite>", "unit")
        self.assertEqual((outcome.passed, outcome.failed, outcome.skipped),
                         (1, ["b"], [("c", "d")]))


class Bench(unittest.TestCase):
    ROWS = [bench.Row("a", "faster", "p", "x", "t/x", published_ns=20),
            bench.Row("a", "slower here", "p", "y", "t/y"),
            bench.Row("a", "slower than published", "p", "z", None, published_ns=5),
            bench.Row("a", "alone", "p", "w")]
    OURS = {"x": 10, "y": 10, "z": 10, "w": 1e9}

    def test_is_behind_where_anybody_is_as_fast(self):
        self.assertEqual(bench.behind(self.ROWS, self.OURS, {"t/x": 11, "t/y": 10}),
                         ["slower here", "slower than published"])
        self.assertEqual(bench.behind(self.ROWS[:2], self.OURS, {}), [])

    def test_shows_ratios_and_gaps(self):
        lines = bench.table(self.ROWS, self.OURS, {"t/x": 1500})
        self.assertEqual(lines[1].split(), ["faster", "10.0", "ns", "20.0", "ns", "2.0x", "1.50",
                                            "µs", "150.0x"])
        self.assertTrue(lines[4].endswith("-"))


class Interop(unittest.TestCase):
    def test_reads_what_a_peer_says(self):
        told = interop.read_lines([
            "listening\t1\tkey", "same\tsent\tA\t0\t", "same\tsent\tA\t1\t",
            "same\treceived\tA\t0\t", "differs\tsent\tB\t2\tchannel bit 0 for our 1",
            "step\tdone", "received\tA\t3", "failed\tno more"])
        self.assertEqual((told.same, told.messages, told.steps, told.received, told.failure),
                         (3, 1, ["done"], {"A": 3}, "no more"))
        self.assertEqual(interop.undecided(told),
                         ["B: channel bit 0 for our 1 (sent, sample 2)"])


class Packages(unittest.TestCase):
    def missing(self, lines: str, *groups: str) -> list[str]:
        with tempfile.NamedTemporaryFile("w", suffix="packages") as file:
            file.write(lines)
            file.flush()
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", 'source "$0"; missing_packages "$@"',
                 str(HERE / "install.sh"), file.name, *groups],
                text=True, check=True, capture_output=True)
        return done.stdout.split()

    def test_lists_what_is_missing_from_the_wanted_groups(self):
        lines = ("# comment\n\nbuild no-such-package-a\nbuild bash\n"
                 "build no-such-package-b unless=bash\nbuild no-such-package-c unless=no-such-cmd\n"
                 "fmt no-such-package-d\n")
        self.assertEqual(self.missing(lines, "build"), ["no-such-package-a", "no-such-package-c"])
        self.assertEqual(self.missing(lines, "fmt", "run"), ["no-such-package-d"])
        self.assertEqual(self.missing(lines, "run"), [])


class Entry(unittest.TestCase):
    def test_lists_exactly_the_verbs_that_have_a_module(self):
        dev = HERE.parents[1] / "dev"
        text = subprocess.run([dev, "help"], text=True, check=True, capture_output=True).stdout
        verbs = [line.split()[0] for line in text.splitlines() if line.startswith("  ")]
        self.assertEqual([verb for verb in verbs if verb != "help"
                          and not (HERE / f"{verb}.py").exists()], [])
        for verb in verbs:
            if verb != "help":
                helped = subprocess.run([dev, verb, "--help"], text=True, capture_output=True,
                                        check=True)
                self.assertIn(f"usage: ./dev {verb}", helped.stdout)

    def test_refuses_an_unknown_verb(self):
        dev = HERE.parents[1] / "dev"
        done = subprocess.run([dev, "fly"], text=True, capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr),
                         (1, 'dev: no verb "fly"; see ./dev help\n'))


if __name__ == "__main__":
    unittest.main()
