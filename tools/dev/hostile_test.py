#!/usr/bin/env python3
"""What ./dev hostile concludes from times."""

import random
import unittest

from hostile_statistics import Comparison, Interval, Verdict, quantile


def rounds(count: int, slower: float = 1.0, noise: float = 0.0, at: int = 1) -> Comparison:
    """Answers of a pool that takes `slower` times as long when disturbed, on a machine that is up
    to `noise` slower in some phases than in others."""
    chance = random.Random(at)
    compared = Comparison()

    def phase(factor: float) -> list[float]:
        mood = factor * (1 + chance.uniform(0, noise))
        return [mood * (700 + chance.expovariate(1 / 200)) for _ in range(2000)]

    for _ in range(count):
        compared.add(phase(1.0), phase(slower))
    return compared


class Statistics(unittest.TestCase):
    def test_a_quantile_is_the_least_time_that_so_many_do_not_exceed(self):
        times = [float(one) for one in range(100, 0, -1)]
        self.assertEqual([quantile(times, q) for q in (0.0, 0.01, 0.5, 0.99, 1.0)],
                         [1, 1, 50, 99, 100])

    def test_the_ratio_is_of_all_times_and_not_of_the_rounds(self):
        compared = Comparison()
        compared.add([1.0] * 99 + [2.0], [1.0] * 100)
        compared.add([1.0] * 100, [1.0] * 97 + [3.0] * 3)
        self.assertEqual(compared.quantiles(0.99), (1.0, 3.0))
        self.assertEqual(compared.ratio(0.99), 3.0)

    def test_the_interval_of_a_quantile_holds_the_ratio(self):
        compared = rounds(6, slower=1.05, noise=0.02)
        interval = compared.interval(0.99)
        self.assertLessEqual(interval.low, compared.ratio(0.99))
        self.assertGreaterEqual(interval.high, compared.ratio(0.99))

    def test_what_is_alike_is_shown_to_be(self):
        self.assertIs(rounds(6, noise=0.02).interval(0.99).verdict(1.1), Verdict.SHOWN)

    def test_what_is_clearly_worse_is_seen(self):
        self.assertIs(rounds(6, slower=1.5, noise=0.1).interval(0.99).verdict(1.1),
                      Verdict.NOT_SHOWN)

    def test_a_noisy_machine_shows_neither(self):
        self.assertIs(rounds(6, noise=2.0).interval(0.99).verdict(1.1), Verdict.TOO_NOISY)

    def test_two_rounds_say_nothing(self):
        self.assertIsNone(rounds(2).interval(0.99))

    def test_the_same_times_give_the_same_interval(self):
        self.assertEqual(rounds(4, noise=0.5).interval(0.99), rounds(4, noise=0.5).interval(0.99))

    def test_both_sides_of_the_bound(self):
        for interval, verdict in ((Interval(0.9, 1.1), Verdict.SHOWN),
                                  (Interval(0.9, 1.11), Verdict.TOO_NOISY),
                                  (Interval(0.5, 1.1), Verdict.TOO_NOISY),
                                  (Interval(0.5, 0.7), Verdict.TOO_NOISY),
                                  (Interval(1.1, 1.2), Verdict.TOO_NOISY),
                                  (Interval(1.11, 1.2), Verdict.NOT_SHOWN)):
            with self.subTest(interval=interval):
                self.assertIs(interval.verdict(1.1), verdict)


if __name__ == "__main__":
    unittest.main()
