#!/usr/bin/env python3
"""What ./dev bench pool makes of what it measured, on made-up measurements."""

import unittest

import bench_pool
from bench_pool import Case, Figures
from console import Failure


def run(accepted_s: float, cpu: float) -> Figures:
    return Figures(accepted_s, 0.01, (1, 2, 3), {"gateway": cpu}, {"gateway": 2**20}, 10, 20, 30)


def summary(**honest) -> dict:
    return {"connections_lost": 0, "shares": {"honest": {
        "submitted": 100, "waiting": 0, "unknown": 0, "rejected_by_reason": {}, **honest}}}


class BenchPool(unittest.TestCase):
    CASE = Case("some", ())

    def test_each_figure_is_the_median_of_its_own(self):
        found = bench_pool.median([run(1, 0.5), run(3, 0.1), run(2, 0.2)])
        self.assertEqual(found.accepted_s, 2)
        self.assertEqual(found.cpu, {"gateway": 0.2})
        self.assertEqual(found.ack_ms, (1, 2, 3))

    def test_a_line_has_a_cell_for_each_column(self):
        line = bench_pool.line(self.CASE, run(1234, 0.25))
        self.assertEqual(line.split(), ["some", "1,234", "1.00", "1.00", "2.00", "3.00", "25.0",
                                        "-", "-", "-", "-", "-", "10", "20", "30"])
        head = bench_pool.head()
        self.assertEqual(head[1].rstrip().rindex("file") + 4, len(line))

    def test_stale_shares_are_the_only_ones_that_may_be_refused(self):
        bench_pool.check(self.CASE, summary(rejected_by_reason={"stale-share": 3}))
        for wrong in ({"waiting": 1}, {"unknown": 1}, {"rejected_by_reason": {"invalid-share": 1}}):
            with self.subTest(wrong), self.assertRaises(Failure):
                bench_pool.check(self.CASE, summary(**wrong))


if __name__ == "__main__":
    unittest.main()
