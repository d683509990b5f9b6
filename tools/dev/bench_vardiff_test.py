#!/usr/bin/env python3
"""That ./dev bench vardiff fails when a bound is missed, on made-up measurements."""

import copy
import unittest
import xml.etree.ElementTree

import bench_vardiff
import bench_vardiff_report

FACTORS = ["0.01", "0.1", "0.25", "0.5", "2", "4", "10", "100"]


def measured(algorithm: str, rate: float, changes: float, delay: float) -> dict:
    step = {"detected": delay, "within_mean": delay, "within_median": delay, "within_90": delay,
            "outside": delay, "silence": 60, "flooded": 1, "changes": 1, "runs": 100}
    restless = {"changes_per_hour": 1, "silence": 60, "flooded": 0}
    return {"algorithm": algorithm, "shares_per_minute": rate, "is_own_rate": True,
            "steady": {"changes_per_hour": changes, "error": 0.01},
            "steps": {factor: dict(step) for factor in FACTORS},
            "openings": {"1000": dict(step), "0.001": dict(step)},
            "on_and_off": restless, "jitter": restless, "dying": restless}


def good() -> dict:
    ours = [measured("adit", 6, 0.2, 140), measured("adit", 18, 0.2, 140)]
    return {"seeds": 100, "false_change_hours": 4,
            "optimum": {factor: {"delay": 100, "false_alarm_hours": 4} for factor in FACTORS},
            "measured": [measured("ckpool", 18, 0.01, 500), measured("ckpool", 6, 1, 100), *ours],
            "long_run": 0.2,
            "late_steps": {factor: ours[0]["steps"][factor] for factor in ("0.1", "0.5", "2")}}


class Bounds(unittest.TestCase):
    def missed(self, change) -> list[str]:
        found = copy.deepcopy(good())
        change(found)
        return bench_vardiff.missed(found)

    def test_what_is_good_misses_nothing(self):
        self.assertEqual(self.missed(lambda found: None), [])

    def test_a_steady_miner_that_is_changed_too_often(self):
        def change(found):
            bench_vardiff.ours_at(found, 18)["steady"]["changes_per_hour"] = 0.26
        self.assertIn("0.260 times an hour at 18/min", self.missed(change)[0])
        self.assertIn("ten days", self.missed(lambda found: found.update(long_run=0.3))[0])

    def test_a_delay_beyond_one_and_a_half_of_the_shortest(self):
        def change(found):
            bench_vardiff.ours_at(found, 6)["steps"]["0.5"]["detected"] = 151
        self.assertIn("halved is found after 2.52 min", self.missed(change)[0])

    def test_another_that_is_better_in_both(self):
        def change(found):
            found["measured"][0]["steps"]["2"]["within_mean"] = 139
        self.assertIn("ckpool at 18/min has fewer false changes and is quicker: doubled",
                      self.missed(change)[0])

    def test_another_that_is_better_in_one_alone(self):
        def change(found):
            for step in found["measured"][1]["steps"].values():
                step["within_mean"] = step["within_median"] = 1
        self.assertEqual(self.missed(change), [])


class Report(unittest.TestCase):
    def test_the_charts_are_well_formed(self):
        for chart in (bench_vardiff_report.delay_chart, bench_vardiff_report.comparison_chart):
            xml.etree.ElementTree.fromstring(chart(good()))

    def test_the_limit_is_a_line(self):
        self.assertIn("limit: 1.5 × optimum", bench_vardiff_report.delay_chart(good()))


if __name__ == "__main__":
    unittest.main()
