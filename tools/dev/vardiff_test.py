#!/usr/bin/env python3
"""That ./dev vardiff finds what it is there to find, on made-up journals."""

import json
import unittest

import vardiff
from vardiff import Plan, judge, read_journal

PLAN = Plan(miners=1, settle_s=60, measure_s=120, off_max=0.1)
BEGAN, ENDED = 100_000_000, 220_000_000
RESTART = 150_000_000


def journal(shares: int = 120, refused: str = "", moved_at: int = 0) -> list[str]:
    events = [{"event": "share", "time_us": 1, "target": "a"},
              {"event": "success", "time_us": BEGAN - 1, "count": 1000},
              {"event": "success", "time_us": BEGAN, "count": shares},
              {"event": "success", "time_us": ENDED, "count": 1000}]
    if refused:
        events.append({"event": "error", "time_us": BEGAN, "error_code": refused})
    for at in range(moved_at, moved_at + 3 if moved_at else 0):
        events.append({"event": "share", "time_us": at, "target": str(at)})
    return [json.dumps(event) for event in events]


class Judgement(unittest.TestCase):
    def problems(self, lines: list[str]) -> list[str]:
        return judge(PLAN, [read_journal(lines, BEGAN, ENDED)], BEGAN, [RESTART])[0]

    def test_what_is_good_has_no_problem(self):
        self.assertEqual(self.problems(journal()), [])

    def test_a_rate_that_is_off_either_way(self):
        self.assertIn("-12.5%", self.problems(journal(shares=105))[0])
        self.assertIn("+12.5%", self.problems(journal(shares=135))[0])

    def test_a_share_that_is_refused_but_not_one_that_is_late(self):
        self.assertIn("difficulty-too-low", self.problems(journal(refused="difficulty-too-low"))[0])
        self.assertEqual(self.problems(journal(refused="stale-share")), [])

    def test_targets_that_move_when_vardiff_starts_again(self):
        self.assertIn("moved", self.problems(journal(moved_at=RESTART + 1))[0])
        self.assertEqual(self.problems(journal(moved_at=BEGAN + 1)), [])

    def test_targets_that_move_anyway_move_after_a_start_too(self):
        self.assertLess(vardiff.moved_by_chance_max(0, 80), 2)
        self.assertGreater(vardiff.moved_by_chance_max(4, 80), 4)
        self.assertLess(vardiff.moved_by_chance_max(4, 80), 6)


if __name__ == "__main__":
    unittest.main()
